//! The world around the machines: what each thing that happens does to two tabs, a storage, a lock and a provider.

use super::actions::Action;
use super::book::{Book, LEAD, LIFETIME, REQUEST_TIMEOUT, time};
use super::state::{
    Answer, Caller, Doing, Grant, Instant, Life, Place, Request, SECOND, State, Tab, Token, Told, Turn,
};
use keyward::session::flight;
use keyward::session::record::Record;
use keyward::session::refresh::Need;
use keyward::session::schedule;
use std::rc::Rc;

/// What kind of browser and provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// The browser has Web Locks.
    pub(super) locks: bool,
    /// Each refresh brings another refresh token.
    pub(super) rotation: bool,
    /// A refresh token that was used may be used again.
    pub(super) grace: bool,
    /// So many things go wrong in one history, at most.
    pub(super) faults: u8,
    /// There are at least so many states with so many faults.
    pub(super) least: [usize; 3],
}

pub(super) struct Model {
    pub(super) setting: Setting,
    pub(super) book: Book,
    /// What must hold and does not, since the last time that somebody asked.
    pub(super) violation: Option<(usize, String)>,
    /// How often something was found to hold.
    pub(super) checks: u64,
}

impl Model {
    pub(super) fn new(setting: Setting) -> Model {
        Model { setting, book: Book::new(setting.rotation), violation: None, checks: 0 }
    }

    /// Two tabs of a session whose refresh has just become due.
    pub(super) fn beginning(&mut self) -> State {
        let session = self.book.signed_in(0, LEAD - LIFETIME);
        let tab = Tab::new(session, Caller::ToCome);
        let grant = Grant { issued: 1, alive: true, kept: 1, ..Grant::default() };
        let grants = [grant, Grant::default()];
        let faults = self.setting.faults;
        State {
            now: 0,
            stored: session,
            view: session,
            grants,
            tabs: [tab; 2],
            online: true,
            untold: false,
            unmarked: false,
            faults,
        }
    }

    /// What comes of it.
    pub(super) fn happens(&mut self, s: &mut State, action: Action) {
        match action {
            Action::Goes(t) => self.goes(s, t),
            Action::RequestArrives(t) => {
                if let Some(request) = s.tabs[t].request() {
                    let answer = self.present(s, request.token);
                    self.place(s, t, Place::Back(answer));
                }
            }
            Action::TimesOut(t) => self.times_out(s, t),
            Action::HearsNews(t) => self.hear(s, t),
            Action::Rereads(t) => {
                let found = self.read(s, t);
                if let Some(reading) = &mut s.tabs[t].reading {
                    reading.found = Some(found);
                }
                let tab = &s.tabs[t];
                if tab.runs() && tab.flight.is_none() && tab.signing.is_none() {
                    self.take_note(s, t, found);
                }
            }
            Action::HearsWhatItRead(t) => {
                if let Some(found) = s.tabs[t].reading.and_then(|reading| reading.found) {
                    self.take_note(s, t, found);
                }
            }
            Action::Signs(t) => self.signs(s, t),
            Action::HearsItSigned(t) => self.signed(s, t),
            Action::TimerFires(t) => self.begin(s, t, Need::default()),
            Action::WritesAgain(t) => {
                let _ = self.read(s, t);
                self.show(s, t);
            }
            Action::TriesAfterOnline(t) => self.tries_after_online(s, t),
            Action::LoadsAgain(t) => self.loads_again(s, t),
            Action::IsRevoked(grant) => {
                s.grants[grant].revoking = false;
                s.grants[grant].alive = false;
            }
            Action::StrayArrives(grant, number) => {
                s.grants[grant].stray &= !(1 << number);
                self.present(s, Token { grant: grant as u8, number });
            }
            Action::TimePasses(at) => s.now = at,
            Action::Asks(t) => self.ask(s, t),
            Action::Thaws(t, hears) => self.thaws(s, t, hears),
            Action::Online => {
                s.online = true;
                for tab in s.tabs.iter_mut().filter(|tab| tab.life == Life::Running) {
                    // Not in the same millisecond.
                    tab.retries_at = Some(s.now + SECOND);
                }
            }
            Action::Fails(fault) => {
                s.faults -= 1;
                self.fails(s, fault);
            }
        }
    }

    fn goes(&mut self, s: &mut State, t: usize) {
        let Some(flight) = s.tabs[t].flight else { return };
        let told = match flight.doing {
            Doing::Queuing(_) => {
                self.turn(s, t, Turn::Holding);
                Told::Locked
            }
            Doing::Reading => {
                let found = self.read(s, t);
                self.stored(s, t, found);
                Told::Read(found)
            }
            Doing::Writing(record) => {
                let written = self.write(s, t, flight.stored, record, flight.stood_still);
                if written {
                    self.stored(s, t, record);
                }
                if let Some(flight) = &mut s.tabs[t].flight {
                    flight.write_failed = false;
                }
                if written { Told::Written } else { Told::Conflict }
            }
            Doing::Preparing(record) => return self.sends(s, t, record),
            Doing::Requesting(Request { at: Place::Back(answer), sent_at, .. }) => {
                // As `client/grant.rs` counts lifetimes.
                let unsure = flight.stood_still || s.now - sent_at > REQUEST_TIMEOUT;
                Told::Answered(answer, if unsure { sent_at } else { s.now })
            }
            Doing::Unheard(told) => told,
            Doing::Waiting(_) | Doing::Requesting(_) => return,
        };
        if s.tabs[t].runs() {
            self.advance(s, t, told);
        } else {
            self.doing(s, t, Doing::Unheard(told));
        }
    }

    /// The metadata is there: the refresh token is presented, if it is not too late for that.
    fn sends(&mut self, s: &mut State, t: usize, record: u32) {
        let Some(flight) = s.tabs[t].flight else { return };
        let known = self.book.get(s.tabs[t].known);
        let leaving = s.tabs[t].is_leaving();
        let prepared = s.online;
        let now = time(s.now);
        let may = |it: &Rc<Record>| flight::may_present(it, known.map(|known| &**known), now);
        if flight.turn == Turn::Lost || prepared && !self.book.get(record).is_some_and(may) {
            return self.advance(s, t, Told::LockLost);
        }
        let Some(token) = self.book.token(record) else { return };
        if leaving || !prepared {
            let told = if leaving { Told::Abandoned } else { Told::Answered(Answer::NoConnection, s.now) };
            return self.advance(s, t, told);
        }
        s.unmarked |= flight.write_failed;
        self.may_be_sent(s, t, token);
        if let Some(flight) = &mut s.tabs[t].flight {
            flight.stood_still = false;
        }
        self.doing(s, t, Doing::Requesting(Request { token, sent_at: s.now, at: Place::ToProvider }));
    }

    fn times_out(&mut self, s: &mut State, t: usize) {
        match s.tabs[t].flight.map(|flight| flight.doing) {
            Some(Doing::Queuing(_)) => self.lose_patience(s, t),
            Some(Doing::Waiting(_)) => self.advance(s, t, Told::Waited),
            Some(Doing::Requesting(request)) => {
                if request.at == Place::ToProvider {
                    s.grants[request.token.grant as usize].stray |= request.token.bit();
                }
                self.advance(s, t, Told::Answered(Answer::NotInTime, s.now));
            }
            _ => {}
        }
    }

    /// Until when the tab waits for the next step of its refresh.
    pub(super) fn deadline(&self, tab: &Tab) -> Option<Instant> {
        match tab.flight?.doing {
            Doing::Queuing(until) if !matches!(tab.flight?.turn, Turn::Granted) => Some(until),
            Doing::Waiting(until) => Some(until),
            Doing::Requesting(request) => Some(request.sent_at + REQUEST_TIMEOUT),
            _ => None,
        }
    }

    /// When the tab's background timer fires.
    pub(super) fn timer(&mut self, s: &State, t: usize) -> Option<Instant> {
        let tab = &s.tabs[t];
        if tab.flight.is_some() || tab.is_starting() || tab.fresh || !s.online {
            return None;
        }
        self.book.due(tab.known, s.now)
    }

    /// The network is back: what failed for want of it is tried again at once, as `client/background.rs` has it.
    fn tries_after_online(&mut self, s: &mut State, t: usize) {
        s.tabs[t].retries_at = None;
        if s.tabs[t].fresh {
            return;
        }
        let Some(record) = self.book.get(s.tabs[t].known) else { return };
        let mut otherwise = Record::clone(record);
        otherwise.retry = record.retry.filter(|retry| !schedule::is_of_network(retry.code));
        let due = schedule::background_due(&otherwise, None, 0, true, time(s.now));
        if s.tabs[t].flight.is_none() && due.is_some_and(|at| at <= time(s.now)) {
            self.begin(s, t, Need { impatient: true, ..Need::default() });
        }
    }

    /// When something happens by itself that has not happened yet, if that is soon: the next refresh of a token that has
    /// just come is another history.
    pub(super) fn next_instant(&mut self, s: &State) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        let mut at = |instant: Option<Instant>| {
            next = [next, instant.filter(|instant| *instant > s.now)].into_iter().flatten().min();
        };
        for (t, tab) in s.tabs.iter().enumerate().filter(|(_, tab)| tab.life == Life::Running) {
            at(self.deadline(tab));
            at(tab.unwritten.map(|it| it.again_at));
            at(tab.retries_at);
            let timer = self.timer(s, t);
            let access = self.book.get(tab.known).and_then(|record| record.access.clone());
            let old = access.is_none_or(|access| access.obtained_at < time(0));
            if old {
                at(timer);
            }
            let expiry = self.book.get(tab.known).filter(|_| old).and_then(|record| record.expires_at());
            at(expiry.and_then(|at| Instant::try_from(at - time(0)).ok()));
        }
        next
    }

    pub(super) fn doing(&mut self, s: &mut State, t: usize, doing: Doing) {
        if let Some(flight) = &mut s.tabs[t].flight {
            flight.doing = doing;
        }
    }

    fn turn(&mut self, s: &mut State, t: usize, turn: Turn) {
        if let Some(flight) = &mut s.tabs[t].flight {
            flight.turn = turn;
        }
    }

    fn stored(&mut self, s: &mut State, t: usize, record: u32) {
        if let Some(flight) = &mut s.tabs[t].flight {
            flight.stored = record;
        }
    }

    pub(super) fn place(&mut self, s: &mut State, t: usize, at: Place) {
        if let Some(Doing::Requesting(request)) = s.tabs[t].flight.map(|flight| flight.doing) {
            self.doing(s, t, Doing::Requesting(Request { at, ..request }));
        }
    }

    /// Nothing happens by itself any more, nobody stands still, and nothing is on its way.
    pub(super) fn is_at_rest(&mut self, s: &State) -> bool {
        let still = s.tabs.iter().any(|tab| matches!(tab.life, Life::Frozen | Life::Suspended));
        let stray = s.grants.iter().any(|grant| grant.stray != 0);
        if still || stray || !s.online {
            return false;
        }
        let mut actions = Vec::new();
        self.under_way(s, &mut actions);
        actions.is_empty() && self.next_instant(s).is_none()
    }

    /// How things stand, in short.
    pub(super) fn describe(&self, s: &State, names: [char; 2]) -> String {
        let mut order = [0, 1];
        order.sort_by_key(|t| names[*t]);
        let tabs = order.map(|t| {
            let Tab { life, known, flight, .. } = s.tabs[t];
            let flight = flight.map_or_else(String::new, |flight| match flight.doing {
                Doing::Requesting(Request { token, at, .. }) => format!(" {}.{} {at:?}", token.grant, token.number),
                doing => format!(" {doing:?} {:?}", flight.turn),
            });
            format!("{} {life:?} knows {known}{flight}", names[t])
        });
        format!("stored {}; {}; {}", s.stored, tabs[0], tabs[1])
    }
}
