//! One moment of two tabs, a storage, a lock and a provider, as a value: two moments that are equal have the same future.

/// A record that the book knows by this number; [`NOTHING`] is none.
pub(super) type Rec = u32;
pub(super) const NOTHING: Rec = 0;

/// Milliseconds since the refresh became due.
pub(super) type Instant = i32;

pub(super) const SECOND: Instant = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct State {
    pub(super) now: Instant,
    /// The truth, in IndexedDB.
    pub(super) stored: Rec,
    /// What a page that loads finds in localStorage.
    pub(super) view: Rec,
    pub(super) grants: [Grant; 2],
    pub(super) tabs: [Tab; 2],
    pub(super) online: bool,
    /// A tab has died between storing something and telling the other, or the other stood still and never heard of it.
    pub(super) untold: bool,
    /// A tab has presented a refresh token whose marker could not be written.
    pub(super) unmarked: bool,
    /// So many things may go wrong still.
    pub(super) faults: u8,
}

/// What one sign-in brought: the provider's side of it, and what has happened to it here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Grant {
    /// The number of its latest refresh token; 0 before the sign-in.
    pub(super) issued: u8,
    /// A bit for each refresh token that was used.
    pub(super) spent: u8,
    pub(super) alive: bool,
    /// The latest refresh token that was stored, other than late, by a page that had stood still.
    pub(super) kept: u8,
    /// It was stored, and is not any more: it may not come back.
    pub(super) removed: bool,
    /// A revocation is on its way.
    pub(super) revoking: bool,
    /// A bit for each refresh token in a request that nobody waits for any more, but that may arrive.
    pub(super) stray: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tab {
    pub(super) life: Life,
    /// What its memory knows.
    pub(super) known: Rec,
    pub(super) flight: Option<Flight>,
    pub(super) reading: Option<Reading>,
    pub(super) news: News,
    pub(super) unwritten: Option<Unwritten>,
    pub(super) caller: Caller,
    pub(super) signing: Option<Signing>,
    /// The grant that it knew when it began to sign out.
    pub(super) out_of: Option<u8>,
    /// The store must be read before anything is handed out.
    pub(super) unsure: bool,
    /// It knows no more than what it has found in localStorage.
    pub(super) fresh: bool,
    /// A bit for each grant that it knows to be gone.
    pub(super) gone: u8,
    /// When it tries again because the network is back.
    pub(super) retries_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Life {
    Running,
    /// It was told so.
    Frozen,
    /// It was not told.
    Suspended,
    /// It is being unloaded, and loads again.
    Leaving,
    Gone,
}

/// A refresh under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Flight {
    /// The number of the machine in the book.
    pub(super) machine: u32,
    pub(super) doing: Doing,
    pub(super) turn: Turn,
    /// What was last read or written.
    pub(super) stored: Rec,
    pub(super) write_failed: bool,
    /// What it began with.
    pub(super) grant: u8,
    /// The page stood still since its request was sent.
    pub(super) stood_still: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Turn {
    Nowhere,
    Waiting,
    /// The lock is its own, and it has not heard of that yet.
    Granted,
    Holding,
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Doing {
    /// Waits for the lock, at most until then.
    Queuing(Instant),
    /// Waits for a change of the record, at most until then.
    Waiting(Instant),
    Reading,
    Writing(Rec),
    /// Makes ready to present that record's refresh token.
    Preparing(Rec),
    Requesting(Request),
    /// That has come of it, and the page, which stands still, has not heard of it yet.
    Unheard(Told),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Request {
    pub(super) token: Token,
    pub(super) sent_at: Instant,
    pub(super) at: Place,
}

/// A refresh token: of which grant, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Token {
    pub(super) grant: u8,
    pub(super) number: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    ToProvider,
    /// It takes too long.
    Stuck,
    Back(Answer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Answer {
    Tokens(Token),
    InvalidGrant,
    /// The provider says that the client may not do this.
    Refused,
    Unavailable,
    /// HTTP 429 with `Retry-After`.
    TooMany,
    /// A gateway's page with status 200.
    Html,
    NoConnection,
    NotInTime,
}

/// What the machine is told; [`Input`](keyward::session::refresh::Input) as a plain value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Told {
    Locked,
    Unlocked,
    LockLost,
    Changed,
    Waited,
    Read(Rec),
    Unreadable,
    Written,
    Conflict,
    WriteFailed,
    /// The instant is the one that lifetimes count from.
    Answered(Answer, Instant),
    Abandoned,
}

/// The store is being read because of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Reading {
    /// What was read, once it was.
    pub(super) found: Option<Rec>,
    /// The memory has changed since: what was read says nothing.
    pub(super) outdated: bool,
    /// More news came.
    pub(super) again: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum News {
    None,
    /// By the view's `storage` event: that says what has changed.
    Viewed,
    /// Something has changed.
    Changed,
}

/// What lives on in memory because it could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Unwritten {
    pub(super) stored: Rec,
    pub(super) record: Rec,
    pub(super) again_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Caller {
    /// May ask at any moment.
    ToCome,
    /// Has asked, and waits until the store was read.
    Unsure,
    /// Waits for the refresh.
    Waiting,
    /// Has a token, or an error.
    Settled(bool),
}

/// A sign-in or a sign-out that was begun in a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Signing {
    /// What is to be stored: the new session, or nothing.
    pub(super) record: Rec,
    /// What was stored instead, once it is done.
    pub(super) replaced: Option<Rec>,
}

impl Tab {
    /// A page that has just loaded and knows what the view says.
    pub(super) fn loaded(view: Rec, caller: Caller) -> Tab {
        Tab { unsure: true, fresh: true, ..Tab::new(view, caller) }
    }

    /// A page that knows this.
    pub(super) fn new(known: Rec, caller: Caller) -> Tab {
        Tab {
            life: Life::Running,
            known,
            flight: None,
            reading: None,
            news: News::None,
            unwritten: None,
            caller,
            signing: None,
            out_of: None,
            unsure: false,
            fresh: false,
            gone: 0,
            retries_at: None,
        }
    }

    pub(super) fn runs(&self) -> bool {
        matches!(self.life, Life::Running | Life::Leaving)
    }

    /// It runs, and nothing is under way in it that could come in between what is done for it and its hearing of that.
    pub(super) fn is_idle(&self) -> bool {
        self.runs() && self.flight.is_none() && self.reading.is_none_or(|reading| reading.found.is_none())
    }

    /// It has come back from the provider and has not started yet.
    pub(super) fn is_starting(&self) -> bool {
        self.signing.is_some_and(|signing| signing.record != NOTHING)
    }

    /// Its timers and network do nothing any more.
    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.life, Life::Leaving | Life::Frozen)
    }

    pub(super) fn request(&self) -> Option<Request> {
        match self.flight?.doing {
            Doing::Requesting(request) => Some(request),
            _ => None,
        }
    }

    pub(super) fn holds_lock(&self) -> bool {
        self.flight.is_some_and(|flight| matches!(flight.turn, Turn::Granted | Turn::Holding))
    }
}

impl Token {
    pub(super) fn bit(self) -> u8 {
        1 << self.number
    }
}

impl State {
    /// The same with the tabs in their order: what happens to two tabs does not depend on which is called the first. `true`
    /// if they changed places.
    pub(super) fn in_order(mut self) -> (State, bool) {
        for tab in &mut self.tabs {
            if let Caller::Settled(given) = &mut tab.caller {
                // What it was given has been judged.
                *given = false;
            }
        }
        let swap = self.tabs[0] > self.tabs[1];
        if swap {
            self.tabs.swap(0, 1);
        }
        (self, swap)
    }
}
