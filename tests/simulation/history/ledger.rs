//! What is known of a history: what was stored, sent, handed out and told, and what explains it.

use super::super::stage::{self, Page};
use super::invariant::{Invariant, Violation};
use super::refusals::Refusals;
use super::trace::Trace;
use keyward::client::{AuthState, SignOutOptions, TokenOptions};
use keyward::platform::sim::{Call, TabId, World};
use keyward::protocol::Millis;
use keyward::session::event::Event;
use keyward::session::record::Record;
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How long it may take until another tab knows of a sign-out.
pub(super) const NEWS: Millis = 600;
/// How long it may take until a busy tab knows what its own storage operation came to.
pub(super) const BUSY: Millis = 50;

pub(crate) struct Ledger {
    pub(super) trace: Trace,
    pub(super) seen_commits: usize,
    pub(super) seen_exchanges: usize,
    /// The records as the storage has them.
    pub(super) stored: BTreeMap<String, Record>,
    /// Refresh tokens that the storage has had.
    pub(super) kept: BTreeSet<String>,
    /// Grants that were stored, or that a token was handed out of.
    pub(super) sessions: BTreeSet<usize>,
    /// Grants whose record was removed: when, and by whom.
    pub(super) removed: BTreeMap<usize, (Millis, Option<TabId>)>,
    /// When a tab was opened or woke up last.
    pub(super) awake_since: BTreeMap<TabId, Millis>,
    /// Where an app has demanded a new token, however fresh the present one was.
    pub(super) demanded: BTreeSet<TabId>,
    /// The last new tokens of a session: when they were stored, and by whom.
    pub(super) refreshed: BTreeMap<String, (Millis, Option<TabId>)>,
    pub(super) silent_since: BTreeMap<TabId, Millis>,
    pub(super) handed_out: Rc<RefCell<Vec<HandedOut>>>,
    pub(super) seen_handed_out: usize,
    pub(super) signed_out: Rc<RefCell<Vec<SignedOut>>>,
    pub(super) events: Rc<RefCell<Vec<Violation>>>,
    pub(super) storage_failed: bool,
    /// What is known of refusals, and of sessions' ends.
    pub(super) refusals: Refusals,
    /// When the clock was set back, and how far.
    pub(super) set_back: Vec<(Millis, Millis)>,
    /// What an app or a user did that may cause requests: when, and how many.
    pub(super) causes: Vec<(Millis, u64)>,
    pub(super) window: Window,
    pub(super) checks: [u64; Invariant::COUNT],
    pub(super) without_locks: bool,
    /// A worker was frozen, which may have held a lock: the others went on without it.
    pub(crate) worker_froze: bool,
    /// The provider does not say when a token expires.
    pub(super) unknown_lifetime: bool,
    /// How many contexts there are.
    pub(crate) contexts: u64,
}

pub(super) struct HandedOut {
    pub(super) tab: TabId,
    pub(super) at: Millis,
    pub(super) token: Rc<str>,
    pub(super) subjects: Vec<Option<String>>,
}

/// A sign-out that came to its end in that tab: these grants of that user are over there.
pub(super) struct SignedOut {
    pub(super) tab: TabId,
    pub(super) at: Millis,
    pub(super) user: String,
    pub(super) grants: BTreeSet<usize>,
}

#[derive(Default)]
pub(super) struct Window {
    pub(super) begun: Millis,
    pub(super) steps: u64,
    /// More steps than usual have a reason.
    pub(super) more: u64,
}

impl Ledger {
    pub(crate) fn new(trace: Trace) -> Ledger {
        Ledger {
            trace,
            seen_commits: 0,
            seen_exchanges: 0,
            stored: BTreeMap::new(),
            kept: BTreeSet::new(),
            sessions: BTreeSet::new(),
            removed: BTreeMap::new(),
            awake_since: BTreeMap::new(),
            demanded: BTreeSet::new(),
            refreshed: BTreeMap::new(),
            silent_since: BTreeMap::new(),
            handed_out: Rc::default(),
            seen_handed_out: 0,
            signed_out: Rc::default(),
            events: Rc::default(),
            storage_failed: false,
            refusals: Refusals::default(),
            set_back: Vec::new(),
            causes: Vec::new(),
            window: Window::default(),
            checks: [0; Invariant::COUNT],
            without_locks: false,
            worker_froze: false,
            unknown_lifetime: false,
            contexts: 2,
        }
    }

    /// Asks for a token in the name of the app; what is handed out is remembered.
    pub(crate) fn ask(&mut self, world: &World, page: &Page, options: TokenOptions) -> Call<()> {
        self.caused(world, 2);
        if options.force_refresh {
            self.demanded.insert(page.tab.id());
        }
        let client = page.client.clone();
        let (tab, log, clock) = (page.tab.clone(), self.handed_out.clone(), world.clock());
        let asked_for = options.account.subject.clone();
        // Whoever was the active user at some time during the call may be meant.
        let active = Rc::new(RefCell::new(vec![active_subject(page)]));
        let seen = active.clone();
        let subject = |state: &AuthState| state.session.as_ref().map(|session| session.subject.clone());
        let listening = page.client.subscribe(move |state| seen.borrow_mut().push(subject(state)));
        page.tab.call(async move {
            let _listening = listening;
            let cached = client.cached_token(&options);
            let note = |token: Rc<str>| {
                let subjects = match &asked_for {
                    Some(subject) => vec![Some(subject.clone())],
                    None => active.borrow().clone(),
                };
                log.borrow_mut().push(HandedOut { tab: tab.id(), at: clock(), token, subjects });
            };
            if let Some(token) = cached {
                note(token);
            }
            if let Ok(token) = client.access_token(options.clone()).await {
                note(token);
            }
        })
    }

    pub(crate) fn sign_out(&mut self, world: &World, page: &Page, options: SignOutOptions) -> Call<()> {
        self.caused(world, 2);
        let client = page.client.clone();
        let (tab, log, clock) = (page.tab.id(), self.signed_out.clone(), world.clock());
        let grants = self.sessions.clone();
        let state = client.state();
        let gone = if options.all { state.sessions.clone() } else { state.session.iter().cloned().collect() };
        let users: Vec<String> = gone.iter().map(|session| session.subject.clone()).collect();
        page.tab.call(async move {
            if client.sign_out(options).await.is_ok() {
                let at = clock();
                log.borrow_mut().extend(users.into_iter().map(|user| SignedOut {
                    tab,
                    at,
                    user,
                    grants: grants.clone(),
                }));
            }
        })
    }

    /// Every event once per transition.
    pub(crate) fn listen(&self, page: &Page) -> Box<dyn Any> {
        let (violations, tab) = (self.events.clone(), page.tab.id());
        let told: RefCell<BTreeSet<(&str, String, i64)>> = RefCell::default();
        let trace = self.trace.clone();
        Box::new(page.client.on_event(move |event| {
            let more = match event {
                Event::RefreshFailed(record, ..) => format!(": {:?}", record.retry),
                _ => String::new(),
            };
            trace.add(format!("    tab {} hears {}{more}", tab.0, stage::name(event)));
            let identity = match event {
                Event::SignedIn(record, _) => ("signedIn", record.grant_id().to_owned(), 0),
                Event::TokenRefreshed(record, _) => ("tokenRefreshed", record.grant_id().to_owned(), record.generation),
                Event::ReauthRequired(record, _) => ("reauthRequired", record.grant_id().to_owned(), record.generation),
                _ => return,
            };
            if !told.borrow_mut().insert(identity.clone()) {
                let what = format!("{tab:?} is told twice: {identity:?}");
                violations.borrow_mut().push(Violation::new(Invariant::EventsOnce, what));
            }
        }))
    }

    /// Something that may cause so many requests.
    pub(crate) fn caused(&mut self, world: &World, requests: u64) {
        self.causes.push((world.time(), requests));
    }

    pub(crate) fn wakes(&mut self, tab: TabId, now: Millis) {
        self.refusals.disturbed(now);
        self.awake_since.insert(tab, now);
    }

    /// It knows what has happened before it hands anything out.
    pub(crate) fn thaws(&mut self, tab: TabId, is_worker: bool, now: Millis) {
        // But nobody tells a worker that it was frozen.
        self.awake_since.insert(tab, if is_worker { now } else { now - NEWS });
        // It hears much at once.
        self.window.more += 10_000;
    }

    pub(crate) fn falls_silent(&mut self, tab: TabId, now: Millis) {
        self.silent_since.insert(tab, now);
    }

    /// A page that died, or was frozen, before it could tell the others what it did.
    pub(super) fn fell_silent(&self, tab: TabId, at: Millis) -> bool {
        self.silent_since.get(&tab).is_some_and(|since| (-50..=50).contains(&(since - at)))
    }

    pub(crate) fn clock_turned(&mut self, now: Millis, turn: Millis) {
        self.refusals.clock_turned = true;
        if turn < 0 {
            self.set_back.push((now, -turn));
        }
    }

    pub(crate) fn storage_fails(&mut self) {
        self.storage_failed = true;
    }

    pub(crate) fn handed_out(&self) -> u64 {
        self.seen_handed_out as u64
    }

    /// How often each invariant was checked.
    pub(crate) fn checks(&self) -> BTreeMap<&'static str, u64> {
        Invariant::ALL.iter().map(|invariant| (invariant.name(), self.checks[*invariant as usize])).collect()
    }

    pub(crate) fn checked(&mut self, invariant: Invariant, times: u64) {
        self.checks[invariant as usize] += times;
    }

    pub(crate) fn is_without_locks(&self) -> bool {
        self.without_locks
    }

    pub(crate) fn without_locks(&mut self) {
        self.without_locks = true;
    }
}

fn active_subject(page: &Page) -> Option<String> {
    page.client.state().session.as_ref().map(|session| session.subject.clone())
}
