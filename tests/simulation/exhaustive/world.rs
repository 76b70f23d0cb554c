//! The storage, the provider, and what goes wrong.

use super::actions::Fault;
use super::model::Model;
use super::state::{
    Answer, Caller, Doing, Grant, Instant, Life, NOTHING, News, Place, Rec, SECOND, Signing, State, Tab, Token, Told,
    Turn,
};

use keyward::session::flight;

pub(super) const HOUR: Instant = 3_600 * SECOND;
/// The first of the two halves of its patience is over when a page goes on that stood still.
const SECOND_HALF: Instant = 30 * SECOND;

impl Model {
    /// The provider is given a refresh token.
    pub(super) fn present(&mut self, s: &mut State, token: Token) -> Answer {
        let grant = &mut s.grants[token.grant as usize];
        if !grant.alive {
            return Answer::InvalidGrant;
        }
        if grant.spent & token.bit() != 0 && !self.setting.grace {
            // Somebody has a copy: nobody gets anything any more.
            grant.alive = false;
            return Answer::InvalidGrant;
        }
        if self.setting.rotation {
            grant.spent |= token.bit();
        }
        grant.issued += 1;
        let number = grant.issued;
        self.must_be_few(s);
        Answer::Tokens(Token { number, ..token })
    }

    /// Whether it would get new tokens.
    pub(super) fn honours(&self, s: &State, token: Token) -> bool {
        let grant = s.grants[token.grant as usize];
        grant.alive && (self.setting.grace || grant.spent & token.bit() == 0)
    }

    /// `Store::read` of a tab, in one go.
    pub(super) fn read(&mut self, s: &mut State, t: usize) -> Rec {
        if let Some(kept) = s.tabs[t].unwritten.take()
            && s.stored == kept.stored
        {
            self.put(s, kept.record, false);
            s.tabs[1 - t].news = News::Changed;
        }
        s.stored
    }

    /// `Store::swap` of a tab, in one go.
    pub(super) fn write(&mut self, s: &mut State, t: usize, expected: Rec, new: Rec, late: bool) -> bool {
        let expected = match s.tabs[t].unwritten {
            Some(kept) if kept.record == expected => kept.stored,
            Some(_) => return false,
            None => expected,
        };
        s.tabs[t].unwritten = None;
        if s.stored != expected {
            return false;
        }
        // Who had given up its lock stores late.
        let late = late || self.setting.locks && s.tabs[t].flight.is_some_and(|flight| flight.turn != Turn::Holding);
        self.put(s, new, late);
        true
    }

    /// The view is brought to what this tab knows, of which the other tab hears: `Inner::show`.
    pub(super) fn show(&mut self, s: &mut State, t: usize) {
        let known = s.tabs[t].known;
        let whole = s.tabs[t].unwritten.is_none() && self.book.get(known).is_some_and(|record| record.retry.is_none());
        self.leave(s, t, if whole { known } else { NOTHING });
    }

    fn leave(&mut self, s: &mut State, t: usize, view: Rec) {
        if s.view != view {
            s.view = view;
            // Judged at once: what the other learns until it hears of this is no older.
            let (known, stored) = (self.book.get(s.tabs[1 - t].known), self.book.get(view));
            if flight::is_news(known.map(|it| &**it), stored.map(|it| &**it)) {
                let other = &mut s.tabs[1 - t];
                other.news = other.news.max(News::Viewed);
            }
        }
    }

    /// That is not stored any more.
    pub(super) fn take_from_view(&mut self, s: &mut State, t: usize) {
        self.leave(s, t, NOTHING);
    }

    fn put(&mut self, s: &mut State, new: Rec, late: bool) {
        let (old, now) = (self.book.grant(s.stored), self.book.grant(new));
        if let Some(old) = old.filter(|_| old != now) {
            s.grants[old as usize].removed = true;
        }
        let before = self.book.token(s.stored);
        s.stored = new;
        self.may_be_stored(s, new);
        if let Some(token) = self.book.token(new).filter(|token| !late && before != Some(*token)) {
            let grant = &mut s.grants[token.grant as usize];
            grant.kept = grant.kept.max(token.number);
        }
    }

    pub(super) fn revoke(&mut self, s: &mut State, record: Rec) {
        if let Some(token) = self.book.token(record) {
            let grant = &mut s.grants[token.grant as usize];
            grant.revoking |= grant.alive;
        }
    }

    /// A sign-in or sign-out replaces whatever is stored.
    pub(super) fn signs(&mut self, s: &mut State, t: usize) {
        let Some(signing) = s.tabs[t].signing else { return };
        let replaced = self.read(s, t);
        self.put(s, signing.record, false);
        s.tabs[t].signing = Some(Signing { replaced: Some(replaced), ..signing });
        if s.tabs[t].is_idle() {
            self.signed(s, t);
        }
    }

    pub(super) fn signed(&mut self, s: &mut State, t: usize) {
        let Some(Signing { record, replaced: Some(replaced) }) = s.tabs[t].signing.take() else { return };
        let (known, out_of) = (s.tabs[t].known, s.tabs[t].out_of.take());
        if record == NOTHING {
            // Who has signed in again since stays signed in.
            let grant = self.book.grant(known);
            if grant.is_none() || out_of == grant || self.book.grant(replaced) == grant {
                self.apply(s, t, NOTHING);
                self.show(s, t);
            }
            let granted = if replaced == NOTHING { known } else { replaced };
            self.revoke(s, granted);
        } else {
            // Unless somebody has signed out, or in again, before this context heard that its own sign-in was stored.
            if self.book.grant(s.stored) == self.book.grant(record) || s.tabs[t].unwritten.is_some() {
                self.apply(s, t, record);
                self.show(s, t);
            }
            self.follow(s, t);
        }
        s.tabs[1 - t].news = News::Changed;
    }

    pub(super) fn loads_again(&mut self, s: &mut State, t: usize) {
        self.falls_silent(s, t);
        let caller = s.tabs[t].caller;
        let caller = if caller == Caller::ToCome { caller } else { Caller::Settled(false) };
        s.tabs[t] = Tab::loaded(s.view, caller);
        self.follow(s, t);
    }

    pub(super) fn thaws(&mut self, s: &mut State, t: usize, hears: bool) {
        let awake = s.tabs[t].life == Life::Frozen;
        s.tabs[t].life = Life::Running;
        if !hears {
            // A page that was frozen reads the store again in any case.
            s.untold |= !awake && s.tabs[t].news != News::None;
            s.tabs[t].news = News::None;
        }
        self.wakes(s, t);
        if awake {
            s.tabs[t].unsure = true;
            self.follow(s, t);
        }
    }

    fn wakes(&mut self, s: &mut State, t: usize) {
        if let Some(Doing::Queuing(until)) = s.tabs[t].flight.map(|flight| flight.doing) {
            self.doing(s, t, Doing::Queuing(until.max(s.now + SECOND_HALF)));
        }
    }

    pub(super) fn fails(&mut self, s: &mut State, fault: Fault) {
        match fault {
            Fault::Killed(t, arrives) => self.dies(s, t, arrives),
            Fault::Reloaded(t, arrives) => self.unloads(s, t, arrives),
            Fault::Frozen(t) => {
                self.stands_still(s, t);
                s.tabs[t].life = Life::Frozen;
                self.give_up(s, t);
            }
            Fault::Suspended(t) => {
                self.stands_still(s, t);
                s.tabs[t].life = Life::Suspended;
            }
            Fault::RequestLost(t) | Fault::AnswerLost(t) => self.place(s, t, Place::Back(Answer::NoConnection)),
            Fault::RequestStuck(t, arrives) => {
                if let Some(request) = s.tabs[t].request().filter(|_| arrives) {
                    s.grants[request.token.grant as usize].stray |= request.token.bit();
                }
                self.place(s, t, Place::Stuck);
            }
            Fault::Answered(t, answer) => self.place(s, t, Place::Back(answer)),
            Fault::AnswerStuck(t) => self.place(s, t, Place::Stuck),
            Fault::WriteFails(t) => {
                if let Some(flight) = &mut s.tabs[t].flight {
                    flight.write_failed = true;
                }
                self.hears(s, t, Told::WriteFailed);
            }
            Fault::ReadFails(t) => self.hears(s, t, Told::Unreadable),
            Fault::StorageCleared => {
                self.put(s, NOTHING, false);
                s.view = NOTHING;
                s.tabs.iter_mut().for_each(|tab| tab.news = News::Changed);
            }
            Fault::SignsOut(t) => {
                s.tabs[t].out_of = self.book.grant(s.tabs[t].known);
                // First of all.
                self.take_from_view(s, t);
                s.tabs[t].signing = Some(Signing { record: NOTHING, replaced: None });
            }
            Fault::SignsInAgain(t) => {
                let session = self.book.signed_in(1, s.now);
                s.grants[1] = Grant { issued: 1, alive: true, ..Grant::default() };
                self.unloads(s, t, false);
                self.loads_again(s, t);
                // The page starts when its sign-in is done.
                s.tabs[t].reading = None;
                (s.tabs[t].unsure, s.tabs[t].fresh) = (false, false);
                s.tabs[t].signing = Some(Signing { record: session, replaced: None });
            }
            Fault::ProviderRevokes(grant) => s.grants[grant].alive = false,
            Fault::Sleeps => {
                s.now += HOUR;
                for t in 0..s.tabs.len() {
                    self.wakes(s, t);
                    if !self.setting.locks {
                        self.stands_still(s, t);
                    }
                }
            }
            Fault::Offline => s.online = false,
        }
    }

    fn hears(&mut self, s: &mut State, t: usize, told: Told) {
        if s.tabs[t].runs() { self.advance(s, t, told) } else { self.doing(s, t, Doing::Unheard(told)) }
    }

    fn stands_still(&mut self, s: &mut State, t: usize) {
        if let Some(flight) = &mut s.tabs[t].flight {
            flight.stood_still = true;
        }
    }

    /// What the dead tab had asked for comes to its end, or not.
    fn dies(&mut self, s: &mut State, t: usize, arrives: bool) {
        s.tabs[t].life = Life::Gone;
        if arrives {
            self.leaves_behind(s, t);
        }
        self.falls_silent(s, t);
        self.give_up(s, t);
        s.tabs[t] = Tab { life: Life::Gone, ..Tab::new(NOTHING, Caller::Settled(false)) };
    }

    fn leaves_behind(&mut self, s: &mut State, t: usize) {
        let flight = s.tabs[t].flight;
        if s.tabs[t].signing.is_some_and(|signing| signing.replaced.is_none()) {
            self.signs(s, t);
            s.untold = true;
        }
        if let Some(request) = s.tabs[t].request().filter(|request| request.at == Place::ToProvider) {
            s.grants[request.token.grant as usize].stray |= request.token.bit();
        }
        if let Some(flight) = flight
            && let Doing::Writing(record) = flight.doing
        {
            let written = self.write(s, t, flight.stored, record, flight.stood_still);
            s.untold |= written;
        }
    }

    fn falls_silent(&mut self, s: &mut State, t: usize) {
        let Tab { flight, signing, .. } = s.tabs[t];
        let unheard = flight.is_some_and(|flight| flight.doing == Doing::Unheard(Told::Written));
        s.untold |= unheard || signing.is_some_and(|signing| signing.replaced.is_some());
    }

    /// The page hears that it is being left; its requests are aborted, and it goes on for a moment.
    fn unloads(&mut self, s: &mut State, t: usize, arrives: bool) {
        s.tabs[t].life = Life::Leaving;
        self.give_up(s, t);
        let Some(request) = s.tabs[t].request() else { return };
        if arrives {
            s.grants[request.token.grant as usize].stray |= request.token.bit();
        }
        self.advance(s, t, Told::Abandoned);
    }
}
