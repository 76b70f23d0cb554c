//! The invariants: what must hold, whatever happens.

use std::fmt;

/// What must hold, whatever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invariant {
    /// No refresh token is presented while another request with it is under way, or after its successor was stored.
    TokenOnce,
    /// What another context has got a moment ago is not asked for again.
    NothingNeedless,
    /// One flight per account and context: no context asks for a lock that it holds or waits for.
    OneFlight,
    /// Within any ten seconds only so many requests are made.
    RequestsBounded,
    /// Once everything works and time has passed, there are no more background refreshes than lifetimes ask for.
    Calm,
    /// Within any ten seconds only so many steps are made.
    NothingSpins,
    /// What is stored can be read, and no session that was signed out is stored again.
    SignedOutStaysOut,
    /// No session is ended that the provider would still honour.
    EndsOnlyTheDead,
    /// Nobody without a valid token is shown as signed in for longer than the documented bound while the provider refuses.
    RefusedNotForEver,
    /// Nothing is asked for or handed out after the time that the provider allows a session.
    NothingAfterTheEnd,
    /// No expired token is handed out.
    NothingExpired,
    /// Nobody is given another user's token.
    NobodyElses,
    /// Nobody who signed out is given a token.
    NoneAfterSignOut,
    /// No event is told twice.
    EventsOnce,
    /// A session that the provider would still honour recovers within six minutes of everything working.
    Recovers,
    /// Every call settles.
    CallsSettle,
    /// All locks are free in the end.
    LocksFree,
    /// In the end every context shows what is stored.
    SameEverywhere,
    /// Nothing panics.
    NoPanic,
}

/// An invariant does not hold.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) invariant: Invariant,
    what: String,
}

impl Invariant {
    pub(crate) const COUNT: usize = Self::ALL.len();
    pub(crate) const ALL: [Invariant; 19] = [
        Invariant::TokenOnce,
        Invariant::NothingNeedless,
        Invariant::OneFlight,
        Invariant::RequestsBounded,
        Invariant::Calm,
        Invariant::NothingSpins,
        Invariant::SignedOutStaysOut,
        Invariant::EndsOnlyTheDead,
        Invariant::RefusedNotForEver,
        Invariant::NothingAfterTheEnd,
        Invariant::NothingExpired,
        Invariant::NobodyElses,
        Invariant::NoneAfterSignOut,
        Invariant::EventsOnce,
        Invariant::Recovers,
        Invariant::CallsSettle,
        Invariant::LocksFree,
        Invariant::SameEverywhere,
        Invariant::NoPanic,
    ];

    /// In words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Invariant::TokenOnce => "no refresh token is presented twice",
            Invariant::NothingNeedless => "no refresh of what was just refreshed",
            Invariant::OneFlight => "one flight per account and context",
            Invariant::RequestsBounded => "requests are bounded in any ten seconds",
            Invariant::Calm => "requests are bounded in five calm minutes",
            Invariant::NothingSpins => "nothing spins",
            Invariant::SignedOutStaysOut => "no session comes back after its sign-out",
            Invariant::EndsOnlyTheDead => "no session ends that the provider honours",
            Invariant::RefusedNotForEver => "nobody is shown signed in while refused for long",
            Invariant::NothingAfterTheEnd => "nothing after the provider's bound of a session",
            Invariant::NothingExpired => "no expired token is handed out",
            Invariant::NobodyElses => "no other user's token is handed out",
            Invariant::NoneAfterSignOut => "nobody signed out gets a token",
            Invariant::EventsOnce => "no event is told twice",
            Invariant::Recovers => "sessions recover within six minutes",
            Invariant::CallsSettle => "every call settles",
            Invariant::LocksFree => "locks are free in the end",
            Invariant::SameEverywhere => "every context shows what is stored",
            Invariant::NoPanic => "nothing panics",
        }
    }
}

impl Violation {
    pub(crate) fn new(invariant: Invariant, what: String) -> Violation {
        Violation { invariant, what }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant.name(), self.what)
    }
}
