//! A context as `client/refresh.rs`, `turn.rs` and `accounts.rs` have it, one thing at a time: it tells the machine what has
//! happened, does what the machine says, and takes over what comes of it. What it decides, the library decides.

use super::book::{Do, time};
use super::model::Model;
use super::state::{Caller, Doing, Flight, NOTHING, News, Reading, Rec, SECOND, State, Told, Turn, Unwritten};
use keyward::session::demand::{Demand, Verdict};
use keyward::session::event::Origin;
use keyward::session::flight;
use keyward::session::refresh::{Need, Outcome};

/// Who waits for the lock for so long goes on without it: two leases.
const PATIENCE: i32 = 60 * SECOND;
/// As `client/refresh.rs` has it.
const WRITE_AGAIN: i32 = 30 * SECOND;

impl Model {
    /// The caller in this tab asks for a token.
    pub(super) fn ask(&mut self, s: &mut State, t: usize) {
        let tab = &mut s.tabs[t];
        if tab.unsure {
            // A page that has just loaded hands out the token that was left for it, while that is still there.
            let left = self.book.get(tab.known).filter(|_| tab.fresh && tab.known == s.view);
            let is_good = |record: &&std::rc::Rc<keyward::session::record::Record>| {
                record.ended.is_none() && Demand::default().met_by(record, None, time(s.now)).is_some()
            };
            if left.is_some_and(|record| is_good(&record)) {
                return self.hand_out(s, t);
            }
            s.tabs[t].caller = Caller::Unsure;
            return;
        }
        let known = tab.known;
        let Some(record) = self.book.get(known).cloned() else {
            tab.caller = Caller::Settled(false);
            return;
        };
        let now = time(s.now);
        match Demand::default().judge(&record, None, now) {
            Verdict::HandOut(_) => self.hand_out(s, t),
            Verdict::Renew(_) => {
                self.hand_out(s, t);
                let paused = record.retry.is_some_and(|retry| retry.is_pending(now));
                let spent = record.ended.is_some() || record.refresh_token.is_none();
                if s.tabs[t].flight.is_none() && !paused && !spent {
                    self.begin(s, t, Need::default());
                }
            }
            Verdict::Refuse(_) => s.tabs[t].caller = Caller::Settled(false),
            Verdict::Refresh(need) => {
                s.tabs[t].caller = Caller::Waiting;
                if s.tabs[t].flight.is_none() {
                    self.begin(s, t, need);
                }
            }
        }
    }

    /// A refresh of what this context knows begins.
    pub(super) fn begin(&mut self, s: &mut State, t: usize, need: Need) {
        let known = s.tabs[t].known;
        let Some(grant) = self.book.grant(known) else { return };
        s.tabs[t].flight = Some(Flight {
            machine: self.book.begin(known, need),
            doing: Doing::Queuing(0),
            turn: Turn::Nowhere,
            stored: NOTHING,
            write_failed: false,
            grant,
            stood_still: false,
        });
        self.enter_queue(s, t);
    }

    /// The machine is told what came of its step, and what it says next is begun.
    pub(super) fn advance(&mut self, s: &mut State, t: usize, mut told: Told) {
        let Some(mut flight) = s.tabs[t].flight else { return };
        loop {
            let (machine, step) = self.book.handle(flight.machine, told, s.now);
            flight.machine = machine;
            let lost = flight.turn == Turn::Lost && self.book.machine(machine).depends_on_lock();
            flight.doing = match step {
                Do::Lock => {
                    s.tabs[t].flight = Some(flight);
                    return self.enter_queue(s, t);
                }
                Do::Wait(duration) => Doing::Waiting(s.now + duration),
                _ if lost => {
                    told = Told::LockLost;
                    continue;
                }
                Do::Read => Doing::Reading,
                Do::Write(record) => Doing::Writing(record),
                Do::Request(record) => Doing::Preparing(record),
                Do::Done(outcome) => {
                    s.tabs[t].flight = Some(flight);
                    let outcome = self.book.outcome(outcome).clone();
                    return self.finish(s, t, outcome);
                }
            };
            s.tabs[t].flight = Some(flight);
            return;
        }
    }

    /// Asks for the lock, unless the page is being left.
    fn enter_queue(&mut self, s: &mut State, t: usize) {
        if s.tabs[t].flight.is_some_and(|flight| flight.turn == Turn::Holding) {
            // It has to begin again.
            self.give_up(s, t);
        }
        let taken = s.tabs[1 - t].holds_lock();
        let leaving = s.tabs[t].is_leaving();
        let Some(flight) = &mut s.tabs[t].flight else { return };
        flight.doing = Doing::Queuing(s.now + PATIENCE);
        if leaving {
            return;
        }
        if !self.setting.locks {
            flight.turn = Turn::Nowhere;
            return self.advance(s, t, Told::Unlocked);
        }
        if !matches!(flight.turn, Turn::Waiting | Turn::Granted) {
            flight.turn = if taken { Turn::Waiting } else { Turn::Granted };
        }
    }

    /// Lets go of the lock, or of the place in the queue.
    pub(super) fn give_up(&mut self, s: &mut State, t: usize) {
        let held = s.tabs[t].holds_lock();
        if let Some(flight) = &mut s.tabs[t].flight {
            flight.turn = if matches!(flight.turn, Turn::Holding | Turn::Lost) { Turn::Lost } else { Turn::Nowhere };
        }
        if held
            && let Some(next) = &mut s.tabs[1 - t].flight
            && next.turn == Turn::Waiting
        {
            next.turn = Turn::Granted;
        }
    }

    /// It has waited for the lock for as long as a holder can take.
    pub(super) fn lose_patience(&mut self, s: &mut State, t: usize) {
        if self.is_overtaken(s, t) {
            return;
        }
        if s.tabs[t].is_leaving() {
            return self.enter_queue(s, t);
        }
        self.give_up(s, t);
        self.advance(s, t, Told::Unlocked);
    }

    fn is_overtaken(&mut self, s: &mut State, t: usize) -> bool {
        let Some(flight) = s.tabs[t].flight else { return false };
        let known = self.book.get(s.tabs[t].known).cloned();
        let outcome = self.book.machine(flight.machine).overtaken_by(known, time(s.now));
        outcome.map(|outcome| self.finish(s, t, outcome)).is_some()
    }

    /// What came of the refresh is made known, after the lock is released.
    fn finish(&mut self, s: &mut State, t: usize, outcome: Outcome) {
        let Some(flight) = s.tabs[t].flight else { return };
        let known = self.book.get(s.tabs[t].known).cloned();
        if let Some(record) = outcome.unwritten(flight.write_failed, known.as_deref()).cloned() {
            let record = self.book.number(&record);
            self.keep(s, t, flight.stored, record);
        }
        self.give_up(s, t);
        s.tabs[t].flight = None;
        let conclusion = outcome.conclude(s.tabs[t].is_leaving());
        if let Some(late) = &conclusion.late {
            let late = self.book.number(late);
            self.revoke(s, late);
        }
        if flight::counts(conclusion.record.as_deref(), &flight.grant.to_string(), known.as_deref()) {
            let new = self.book.number_of(conclusion.record.as_ref());
            self.apply(s, t, new);
            if conclusion.origin == Origin::Local {
                self.show(s, t);
            }
        } else {
            self.follow(s, t);
        }
        if conclusion.announced {
            s.tabs[1 - t].news = News::Changed;
        }
        if s.tabs[t].caller == Caller::Waiting {
            let settled = self
                .book
                .get(s.tabs[t].known)
                .is_some_and(|latest| Demand::default().settle(conclusion.result, latest, None, time(s.now)).is_ok());
            if settled { self.hand_out(s, t) } else { s.tabs[t].caller = Caller::Settled(false) }
        }
    }

    /// As `Store::keep`.
    fn keep(&mut self, s: &mut State, t: usize, read: Rec, record: Rec) {
        let before = s.tabs[t].unwritten;
        let stored = match before {
            Some(kept) if kept.record == read => kept.stored,
            _ => read,
        };
        let again_at = before.map_or(s.now + WRITE_AGAIN, |kept| kept.again_at);
        s.tabs[t].unwritten = Some(Unwritten { stored, record, again_at });
    }

    /// This context learns what the record is.
    pub(super) fn apply(&mut self, s: &mut State, t: usize, new: Rec) {
        let tab = &mut s.tabs[t];
        if tab.known == new {
            return;
        }
        let (old, now) = (self.book.grant(tab.known), self.book.grant(new));
        if let Some(old) = old.filter(|_| old != now) {
            tab.gone |= 1 << old;
        }
        tab.known = new;
        if let Some(reading) = &mut tab.reading {
            reading.outdated = true;
        }
        self.changed(s, t, true);
    }

    /// Whoever waits for a change hears of it.
    fn changed(&mut self, s: &mut State, t: usize, differs: bool) {
        match s.tabs[t].flight.map(|flight| flight.doing) {
            Some(Doing::Queuing(_)) if !self.is_overtaken(s, t) => self.enter_queue(s, t),
            Some(Doing::Waiting(_)) if differs => self.advance(s, t, Told::Changed),
            _ => {}
        }
    }

    /// Something was stored elsewhere, perhaps.
    pub(super) fn hear(&mut self, s: &mut State, t: usize) {
        let news = std::mem::replace(&mut s.tabs[t].news, News::None);
        let (known, view) = (self.book.get(s.tabs[t].known), self.book.get(s.view));
        if news == News::Changed || flight::is_news(known.map(|it| &**it), view.map(|it| &**it)) {
            self.follow(s, t);
        }
    }

    /// The store is to be read.
    pub(super) fn follow(&mut self, s: &mut State, t: usize) {
        match &mut s.tabs[t].reading {
            Some(reading) => reading.again = true,
            none => *none = Some(Reading { found: None, outdated: false, again: false }),
        }
    }

    /// What was read is taken over, unless the memory has changed meanwhile.
    pub(super) fn take_note(&mut self, s: &mut State, t: usize, found: Rec) {
        let Some(reading) = s.tabs[t].reading.take() else { return };
        if reading.outdated {
            s.tabs[t].reading = Some(Reading { found: None, outdated: false, ..reading });
            return;
        }
        if found == NOTHING {
            self.take_from_view(s, t);
        }
        let (before, viewed) = (s.tabs[t].known, s.view);
        let new = self.book.filled_in(found, before);
        self.apply(s, t, new);
        let ended = self.book.get(new).is_some_and(|record| record.ended.is_some());
        if std::mem::take(&mut s.tabs[t].fresh) || ended && viewed == before {
            self.show(s, t);
        } else if viewed == before && new != NOTHING && self.book.grant(new) != self.book.grant(before) {
            // Written over the one that the other tab has left: `Change::News`.
            self.take_from_view(s, t);
        }
        if reading.again {
            self.follow(s, t);
        }
        if std::mem::take(&mut s.tabs[t].unsure) {
            self.changed(s, t, false);
            if s.tabs[t].caller == Caller::Unsure {
                self.ask(s, t);
            }
        }
    }
}
