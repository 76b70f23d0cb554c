//! What must hold after everything that happens, and when nothing is left to happen.

use super::actions::Action;
use super::book::time;
use super::model::Model;
use super::state::{Caller, Instant, Life, NOTHING, News, Rec, State, Tab, Token, Turn};

/// Everything that is waited for is over by then, and every token has expired.
use super::world::HOUR;

const MUCH_LATER: Instant = 2 * HOUR;
/// More than this is a loop.
const MOST_STEPS: usize = 400;

/// What must hold, in words.
pub(super) const INVARIANTS: [&str; 13] = [
    "no refresh token is presented while another request with it is under way",
    "no refresh token is presented after its successor was stored",
    "refreshes are bounded",
    "no session that was removed or replaced is stored again",
    "no session ends that the provider honours",
    "no expired token is handed out",
    "nobody signed out gets a token",
    "every call settles",
    "the lock is free in the end",
    "every tab knows what is stored",
    "a session that the provider honours gives every tab a token with one more call",
    "what a page starts from is of the session that is stored",
    "nothing goes on for ever",
];

/// The last of them.
pub(super) const ENDLESS: usize = INVARIANTS.len() - 1;

impl Model {
    fn must(&mut self, holds: bool, invariant: usize, more: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds && self.violation.is_none() {
            self.violation = Some((invariant, more()));
        }
    }

    /// A tab presents that refresh token.
    pub(super) fn may_be_sent(&mut self, s: &State, t: usize, token: Token) {
        // Whoever goes on without the lock is kept apart from the others by the marker. After the machine has slept, nobody
        // knows how old that is; and whoever holds the lock goes on although it could not be written.
        let flights = || s.tabs.iter().filter_map(|tab| tab.flight);
        if (s.now >= HOUR || s.unmarked && self.setting.locks) && flights().any(|flight| flight.turn == Turn::Nowhere) {
            return;
        }
        let other = &s.tabs[1 - t];
        // A page that stands still gives up its lock, or keeps it for too long; what it sent may be under way still.
        let under_way = other.request().is_some_and(|request| request.token == token)
            && other.flight.is_some_and(|flight| !flight.stood_still);
        self.must(!under_way, 0, || format!("{token:?} by tab {t}"));
        let kept = s.grants[token.grant as usize].kept;
        self.must(!self.setting.rotation || token.number >= kept, 1, || {
            format!("{token:?} by tab {t}, {kept} is stored")
        });
    }

    /// The provider has issued tokens.
    pub(super) fn must_be_few(&mut self, s: &State) {
        let wrong = self.setting.faults - s.faults;
        let most = 1 + 2 + 2 * wrong;
        let issued = s.grants.iter().map(|grant| grant.issued).max().unwrap_or_default();
        self.must(issued <= most, 2, || format!("{issued} refreshes although {wrong} things went wrong"));
    }

    /// That is stored now.
    pub(super) fn may_be_stored(&mut self, s: &State, record: Rec) {
        let Some(token) = self.book.token(record) else { return };
        self.must(!s.grants[token.grant as usize].removed, 3, || format!("{token:?}"));
        let ended = self.book.get(record).is_some_and(|record| record.ended.is_some());
        let honoured = self.honours(s, token);
        // Refused twice, minutes apart, it ends.
        let refused = self.setting.faults - s.faults >= 2
            && self.book.get(record).is_some_and(|record| {
                record
                    .ended
                    .as_ref()
                    .is_some_and(|it| it.oauth.as_ref().is_some_and(|oauth| oauth.error == "unauthorized_client"))
            });
        self.must(!ended || !honoured || refused, 4, || format!("{token:?}"));
    }

    /// The caller in that tab is given what the tab knows.
    pub(super) fn hand_out(&mut self, s: &mut State, t: usize) {
        let tab = s.tabs[t];
        let expires_at = self.book.get(tab.known).and_then(|record| record.expires_at());
        self.must(expires_at.is_some_and(|at| time(s.now) < at), 5, || format!("to tab {t}"));
        let grant = self.book.grant(tab.known);
        self.must(grant.is_some_and(|grant| tab.gone & (1 << grant) == 0), 6, || format!("to tab {t}"));
        s.tabs[t].caller = Caller::Settled(true);
    }

    /// Nothing happens by itself any more, and nobody stands still.
    pub(super) fn at_rest(&mut self, s: &State) {
        let waiting = |tab: &Tab| matches!(tab.caller, Caller::Waiting | Caller::Unsure);
        self.must(!s.tabs.iter().any(waiting), 7, || format!("{:?}", s.tabs.map(|tab| tab.caller)));
        let flying = s.tabs.iter().any(|tab| tab.flight.is_some());
        self.must(!flying, 8, || "a refresh is under way".to_owned());
        if !s.untold {
            self.must_agree(s);
        }
        for first in [0, 1] {
            self.must_go_on(s, first);
        }
    }

    fn must_agree(&mut self, s: &State) {
        for tab in s.tabs.iter().filter(|tab| tab.life != Life::Gone && tab.unwritten.is_none()) {
            let same = self.is_same(tab.known, s.stored);
            self.must(same, 9, || format!("record {} in memory, {} stored", tab.known, s.stored));
        }
        let somebody = s.tabs.iter().any(|tab| tab.life != Life::Gone);
        let stale = s.view != NOTHING && self.book.grant(s.view) != self.book.grant(s.stored);
        self.must(!(somebody && stale), 11, || format!("view of {}, {} stored", s.view, s.stored));
    }

    /// The same session in the same state; a marker or a back-off may differ.
    fn is_same(&self, one: Rec, other: Rec) -> bool {
        match (self.book.get(one), self.book.get(other)) {
            (Some(one), Some(other)) => {
                (one.grant_id(), one.generation, one.ended.is_some())
                    == (other.grant_id(), other.generation, other.ended.is_some())
            }
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    /// Two hours later somebody asks in every tab, in a new one if there is none, and nothing goes wrong any more. A tab that
    /// nobody told is looked at first, whereupon it reads the store.
    fn must_go_on(&mut self, s: &State, first: usize) {
        let mut s = *s;
        s.now += MUCH_LATER;
        s.faults = 0;
        let honoured = self.good_session(&s);
        for tab in &mut s.tabs {
            if tab.life == Life::Gone {
                *tab = Tab::loaded(s.view, Caller::ToCome);
                tab.news = News::Changed;
            }
            tab.caller = Caller::ToCome;
        }
        if s.untold {
            for t in [0, 1] {
                s.tabs[t].unsure = true;
                self.follow(&mut s, t);
            }
        }
        self.ask(&mut s, first);
        self.ask(&mut s, 1 - first);
        let mut actions = Vec::new();
        for _ in 0..MOST_STEPS {
            actions.clear();
            self.under_way(&s, &mut actions);
            let next = actions.first().copied();
            match next.or_else(|| self.next_instant(&s).map(Action::TimePasses)) {
                Some(action) => self.happens(&mut s, action),
                None => {
                    let given = s.tabs.iter().filter(|tab| tab.caller == Caller::Settled(true)).count();
                    let settled = s.tabs.iter().all(|tab| matches!(tab.caller, Caller::Settled(_)));
                    self.must(settled, 7, || format!("{:?} later", s.tabs.map(|tab| tab.caller)));
                    self.must(!honoured || given == 2, 10, || format!("{given} of 2"));
                    self.must_agree(&s);
                    return;
                }
            }
        }
        self.must(false, ENDLESS, || format!("{MOST_STEPS} steps later"));
    }

    /// Whether some session that is stored, or lives in memory, is one that the provider honours.
    fn good_session(&self, s: &State) -> bool {
        let good = |record: Rec| {
            let ended = self.book.get(record).is_some_and(|record| record.ended.is_some());
            !ended && self.book.token(record).is_some_and(|token| self.honours(s, token))
        };
        s.stored != NOTHING && good(s.stored)
    }
}
