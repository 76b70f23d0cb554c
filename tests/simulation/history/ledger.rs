//! What is known of a history, and the invariants that it must keep.

use super::super::stage::{self, MINUTE, Page, SECOND};
use super::trace::Trace;
use super::{Checked, Violation};
use keyward::client::{SignOutOptions, TokenOptions};
use keyward::platform::sim::{Call, Commit, Endpoint, Exchange, TabId, World, parse_json};
use keyward::protocol::Millis;
use keyward::protocol::error::Error;
use keyward::session::event::Event;
use keyward::session::record::Record;
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How long it may take until another tab knows of a sign-out.
const NEWS: Millis = 250;

pub(super) struct Ledger {
    trace: Trace,
    seen_commits: usize,
    seen_exchanges: usize,
    /// The records as the storage has them.
    stored: BTreeMap<String, Record>,
    /// Refresh tokens that the storage has had.
    kept: BTreeSet<String>,
    /// Grants that were stored, or that a token was handed out of.
    sessions: BTreeSet<usize>,
    /// Grants whose record was removed: when, and by whom.
    removed: BTreeMap<usize, (Millis, Option<TabId>)>,
    /// When a tab was opened or woke up last.
    awake_since: BTreeMap<TabId, Millis>,
    /// When an app demanded a new token last, however fresh the present one was.
    demanded: BTreeMap<TabId, Millis>,
    /// The last new tokens of a session: when they were stored, and by whom.
    refreshed: BTreeMap<String, (Millis, Option<TabId>)>,
    died: BTreeMap<TabId, Millis>,
    handed_out: Rc<RefCell<Vec<HandedOut>>>,
    seen_handed_out: usize,
    signed_out: Rc<RefCell<Vec<SignedOut>>>,
    events: Rc<RefCell<Vec<Violation>>>,
    storage_failed: bool,
    /// When the clock was set back, and how far.
    set_back: Vec<(Millis, Millis)>,
    /// What an app or a user did that may cause requests: when, and how many.
    causes: Vec<(Millis, u64)>,
    window: Window,
    checks: u64,
}

struct HandedOut {
    tab: TabId,
    at: Millis,
    token: Rc<str>,
    subjects: Vec<Option<String>>,
}

/// A sign-out that came to its end in that tab: these grants of that user are over there.
struct SignedOut {
    tab: TabId,
    at: Millis,
    user: String,
    grants: BTreeSet<usize>,
}

#[derive(Default)]
struct Window {
    begun: Millis,
    steps: u64,
}

impl Ledger {
    pub(super) fn new(trace: Trace) -> Ledger {
        Ledger {
            trace,
            seen_commits: 0,
            seen_exchanges: 0,
            stored: BTreeMap::new(),
            kept: BTreeSet::new(),
            sessions: BTreeSet::new(),
            removed: BTreeMap::new(),
            awake_since: BTreeMap::new(),
            demanded: BTreeMap::new(),
            refreshed: BTreeMap::new(),
            died: BTreeMap::new(),
            handed_out: Rc::default(),
            seen_handed_out: 0,
            signed_out: Rc::default(),
            events: Rc::default(),
            storage_failed: false,
            set_back: Vec::new(),
            causes: Vec::new(),
            window: Window::default(),
            checks: 0,
        }
    }

    /// Asks for a token in the name of the app; what is handed out is remembered.
    pub(super) fn ask(&mut self, world: &World, page: &Page, options: TokenOptions) -> Call<()> {
        self.caused(world, 2);
        if options.force_refresh {
            self.demanded.insert(page.tab.id(), world.time());
        }
        let client = page.client.clone();
        let (tab, log, clock) = (page.tab.clone(), self.handed_out.clone(), world.clock());
        let asked_for = options.account.subject.clone();
        let active = active_subject(page);
        page.tab.call(async move {
            let cached = client.cached_token(&options);
            let note = |token: Rc<str>, now_active: Option<String>| {
                let subjects = match &asked_for {
                    Some(subject) => vec![Some(subject.clone())],
                    None => vec![active.clone(), now_active],
                };
                log.borrow_mut().push(HandedOut { tab: tab.id(), at: clock(), token, subjects });
            };
            let active = || client.state().session.as_ref().map(|session| session.subject.clone());
            if let Some(token) = cached {
                note(token, active());
            }
            if let Ok(token) = client.access_token(options.clone()).await {
                note(token, active());
            }
        })
    }

    pub(super) fn sign_out(&mut self, world: &World, page: &Page, options: SignOutOptions) -> Call<()> {
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
    pub(super) fn listen(&self, page: &Page) -> Box<dyn Any> {
        let (violations, tab) = (self.events.clone(), page.tab.id());
        let told: RefCell<BTreeSet<(&str, String, i64)>> = RefCell::default();
        let trace = self.trace.clone();
        Box::new(page.client.on_event(move |event| {
            trace.add(format!("    tab {} hears {}", tab.0, stage::name(event)));
            let identity = match event {
                Event::SignedIn(record, _) => ("signedIn", record.grant_id.clone(), 0),
                Event::TokenRefreshed(record, _) => ("tokenRefreshed", record.grant_id.clone(), record.generation),
                Event::ReauthRequired(record, _) => ("reauthRequired", record.grant_id.clone(), 0),
                _ => return,
            };
            if !told.borrow_mut().insert(identity.clone()) {
                violations.borrow_mut().push(Violation(format!("tab {tab:?} is told twice: {identity:?}")));
            }
        }))
    }

    /// Something that may cause so many requests.
    pub(super) fn caused(&mut self, world: &World, requests: u64) {
        self.causes.push((world.time(), requests));
    }

    pub(super) fn wakes(&mut self, tab: TabId, now: Millis) {
        self.awake_since.insert(tab, now);
    }

    pub(super) fn dies(&mut self, tab: TabId, now: Millis) {
        self.died.insert(tab, now);
    }

    /// A page that died before it could tell the others what it did.
    fn died_silently(&self, tab: TabId, at: Millis) -> bool {
        self.died.get(&tab).is_some_and(|died| (-50..=50).contains(&(died - at)))
    }

    pub(super) fn clock_turned(&mut self, now: Millis, turn: Millis) {
        if turn < 0 {
            self.set_back.push((now, -turn));
        }
    }

    pub(super) fn storage_fails(&mut self) {
        self.storage_failed = true;
    }

    pub(super) fn handed_out(&self) -> u64 {
        self.seen_handed_out as u64
    }

    pub(super) fn checks(&self) -> u64 {
        self.checks
    }

    /// After every step.
    pub(super) fn check(&mut self, world: &World) -> Checked {
        self.check_pace(world)?;
        self.check_requests(world)?;
        self.check_commits(world)?;
        self.check_handed_out(world)?;
        match self.events.borrow_mut().pop() {
            // What could not be stored comes to be known more than once.
            Some(violation) if !self.storage_failed => Err(violation),
            _ => Ok(()),
        }
    }

    /// Nothing spins: within ten seconds, only so much happens.
    fn check_pace(&mut self, world: &World) -> Checked {
        let now = world.time();
        if now >= self.window.begun + 10 * SECOND {
            self.window = Window { begun: now, steps: world.steps() };
        }
        self.checks += 1;
        let most = 3_000 + 300 * self.recent_causes(now);
        let steps = world.steps() - self.window.steps;
        if steps > most { violated(format!("something spins: {steps} steps within ten seconds")) } else { Ok(()) }
    }

    fn recent_causes(&self, now: Millis) -> u64 {
        let recent = self.causes.iter().rev().take_while(|(at, _)| *at > now - 30 * SECOND);
        recent.map(|(_, requests)| requests).sum()
    }

    fn check_requests(&mut self, world: &World) -> Checked {
        let exchanges = world.exchanges();
        while let Some(exchange) = exchanges.get(self.seen_exchanges) {
            self.seen_exchanges += 1;
            self.checks += 2;
            let told = exchange.refresh_token.as_deref().unwrap_or_default();
            self.trace.add(format!(
                "    tab {} sends to {:?} {told}, {:?}",
                exchange.tab.0, exchange.endpoint, exchange.fault
            ));
            let recent = exchanges.iter().rev().take_while(|other| other.sent_at > world.time() - 10 * SECOND).count();
            if recent as u64 > 10 + self.recent_causes(world.time()) {
                return violated(format!("{recent} requests within ten seconds"));
            }
            let Some(token) = exchange.refresh_token.as_ref().filter(|_| exchange.endpoint == Endpoint::Token) else {
                continue;
            };
            let presents_it =
                |other: &&Exchange| other.endpoint == Endpoint::Token && other.refresh_token.as_ref() == Some(token);
            self.must_be_needed(world, exchange, token)?;
            for earlier in exchanges[..self.seen_exchanges - 1].iter().filter(presents_it) {
                self.may_present_again(exchange, earlier, token)?;
            }
        }
        Ok(())
    }

    /// What another tab has got a moment ago is adopted, unless the app demands a new one.
    fn must_be_needed(&self, world: &World, exchange: &Exchange, token: &str) -> Checked {
        let presented = |record: &Record| record.refresh_token.as_deref() == Some(token);
        let Some((key, record)) = self.stored.iter().find(|(_, record)| presented(record)) else { return Ok(()) };
        let Some((at, Some(by))) = self.refreshed.get(key) else { return Ok(()) };
        let demanded = self.demanded.get(&exchange.tab).is_some_and(|at| *at > exchange.sent_at - MINUTE);
        let now = world.time() + world.clock_offset();
        let remaining = record.access.as_ref().and_then(|access| access.remaining(now));
        let long = remaining.is_some_and(|remaining| remaining > MINUTE - SECOND);
        let just_now = exchange.sent_at - at < SECOND && *by != exchange.tab;
        if just_now && long && !demanded && !self.storage_failed && self.set_back.is_empty() {
            return violated(format!("{:?} refreshes what {by:?} has just refreshed", exchange.tab));
        }
        Ok(())
    }

    /// The same refresh token twice: only if the first time brought nothing that was kept.
    fn may_present_again(&self, exchange: &Exchange, earlier: &Exchange, token: &str) -> Checked {
        if self.storage_failed {
            return Ok(());
        }
        if earlier.settled.is_none() {
            let (one, other) = (earlier.tab, exchange.tab);
            return violated(format!("{token} is presented by {other:?} while {one:?} waits for an answer to it"));
        }
        let successor = earlier.arrival.as_ref().and_then(|arrival| arrival.issued.as_ref()?.refresh_token.as_ref());
        match successor {
            Some(next) if self.kept.contains(next) => {
                violated(format!("{token} is presented by {:?}, though its successor was stored", exchange.tab))
            }
            _ => Ok(()),
        }
    }

    fn check_commits(&mut self, world: &World) -> Checked {
        let commits = world.commits();
        while let Some(commit) = commits.get(self.seen_commits) {
            self.seen_commits += 1;
            if commit.key.starts_with("keyward:session:") {
                self.checks += 1;
                self.check_commit(world, commit)?;
            }
        }
        Ok(())
    }

    fn check_commit(&mut self, world: &World, commit: &Commit) -> Checked {
        let provider = world.provider();
        let by = commit.tab.map(|tab| tab.0);
        self.trace.add(format!("    tab {by:?} stores {}", commit.value.as_deref().map_or("nothing".into(), summary)));
        let grant_of = |record: &Record| record.refresh_token.as_ref().and_then(|token| provider.grant_of(token));
        let Some(text) = &commit.value else {
            let grant = self.stored.remove(&commit.key).as_ref().and_then(grant_of);
            self.removed.extend(grant.map(|grant| (grant, (commit.at, commit.tab))));
            return Ok(());
        };
        let Ok(record) = Record::decode(text, &commit.key, "keyward", parse_json) else {
            return violated(format!("{:?} stored a record that cannot be read", commit.tab));
        };
        if let Some(grant) = grant_of(&record)
            && self.removed.contains_key(&grant)
        {
            return violated(format!("{:?} stored a session that was signed out", commit.tab));
        }
        self.sessions.extend(grant_of(&record));
        let newer = self.stored.get(&commit.key).is_none_or(|old| old.refresh_token != record.refresh_token);
        if newer {
            self.refreshed.insert(commit.key.clone(), (commit.at, commit.tab));
        }
        let refresh_token = record.refresh_token.clone().unwrap_or_default();
        if record.ended.is_some() && provider.honours(&refresh_token, commit.at) {
            return violated(format!("{:?} ended a session that the provider would still honour", commit.tab));
        }
        self.kept.insert(refresh_token);
        self.stored.insert(commit.key.clone(), record);
        Ok(())
    }

    fn check_handed_out(&mut self, world: &World) -> Checked {
        let handed_out = self.handed_out.clone();
        while let Some(one) = handed_out.borrow().get(self.seen_handed_out) {
            self.seen_handed_out += 1;
            self.checks += 4;
            let provider = world.provider();
            let Some((user, grant)) = provider.owner(&one.token) else {
                return violated(format!("{:?} was given a token that was never issued", one.tab));
            };
            if !one.subjects.iter().any(|subject| subject.as_deref() == Some(user)) {
                return violated(format!("{:?} was given a token of {user}, not of {:?}", one.tab, one.subjects));
            }
            self.sessions.insert(grant);
            self.must_be_valid(world, one)?;
            self.must_be_signed_in(one, user, grant)?;
        }
        Ok(())
    }

    fn must_be_valid(&self, world: &World, one: &HandedOut) -> Checked {
        let exchanges = world.exchanges();
        for exchange in exchanges.iter().rev() {
            let issued = exchange.arrival.as_ref().and_then(|arrival| arrival.issued.as_ref());
            let Some(issued) = issued.filter(|issued| *issued.access_token == *one.token) else { continue };
            let Some((arrived_at, _)) = exchange.settled else { continue };
            let age = one.at - arrived_at;
            // How far the clock was set back since then is not noticed yet.
            let since = self.set_back.iter().filter(|(at, _)| *at > arrived_at);
            let hidden: Millis = since.map(|(_, by)| by).sum();
            if age >= issued.lifetime + hidden {
                return violated(format!("{:?} was given {} at the age of {age} ms", one.tab, one.token));
            }
            return Ok(());
        }
        violated(format!("{:?} was given a token that never arrived", one.tab))
    }

    fn must_be_signed_in(&self, one: &HandedOut, user: &str, grant: usize) -> Checked {
        if let Some((at, by)) = self.removed.get(&grant) {
            let awake_since = self.awake_since.get(&one.tab).copied().unwrap_or_default();
            let known = if *by == Some(one.tab) { *at } else { (*at).max(awake_since) + NEWS };
            let untold = by.is_some_and(|by| self.died_silently(by, *at));
            if one.at > known && !self.storage_failed && !untold {
                return violated(format!("{:?} was given a token of {user}, who signed out", one.tab));
            }
        }
        let signed_out = self.signed_out.borrow();
        let over =
            |out: &SignedOut| out.tab == one.tab && out.user == user && out.grants.contains(&grant) && one.at > out.at;
        if signed_out.iter().any(over) {
            return violated(format!("{:?} was given a token of {user}, who signed out in it", one.tab));
        }
        Ok(())
    }

    /// A call for a token failed although everything works: only if no refresh token that is known is any good.
    pub(super) fn may_fail(&self, world: &World, subject: &str, error: &Error, page: &Page) -> Checked {
        let now = world.time();
        let provider = world.provider();
        let good = self.stored.values().filter(|record| record.account.subject() == subject).find(|record| {
            record.ended.is_none() && record.refresh_token.as_ref().is_some_and(|token| provider.honours(token, now))
        });
        match good {
            Some(_) => {
                let tab = page.tab.id();
                violated(format!("{tab:?} cannot go on with the session of {subject}, which is good: {error}"))
            }
            None => Ok(()),
        }
    }

    /// In the end every tab shows what is stored.
    pub(super) fn same_everywhere<'a>(&self, pages: impl Iterator<Item = &'a Page>) -> Checked {
        let untold = self.removed.values().any(|(at, by)| by.is_some_and(|by| self.died_silently(by, *at)));
        if self.storage_failed || untold {
            return Ok(());
        }
        let stored: BTreeSet<String> = self.stored.values().map(|record| record.account.subject().to_owned()).collect();
        for page in pages {
            let state = page.client.state();
            let shown: BTreeSet<String> = state.sessions.iter().map(|session| session.subject.clone()).collect();
            if shown != stored {
                return violated(format!("{:?} shows {shown:?}, but stored are {stored:?}", page.tab.id()));
            }
        }
        Ok(())
    }
}

fn active_subject(page: &Page) -> Option<String> {
    page.client.state().session.as_ref().map(|session| session.subject.clone())
}

/// What changes in a record, without what does not.
fn summary(text: &str) -> String {
    let from = |member: &str| text.find(member).and_then(|start| text.get(start..)).unwrap_or_default();
    let part = |member: &str| from(member).split(&[',', '}']).next().unwrap_or_default().to_owned();
    let end = from("\"ended\"");
    let end = if end.is_empty() { from("\"attempted\"") } else { end };
    [part("\"subject\""), part("\"generation\""), part("\"refresh\""), end.chars().take(150).collect()].join(" ")
}

fn violated(what: String) -> Checked {
    Err(Violation(what))
}
