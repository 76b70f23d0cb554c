//! A random history: two tabs, two users, everything that may happen to them, and the invariants after every step.

mod acts;
mod invariants;
mod ledger;
mod trace;

use super::stage::{self, HOUR, MINUTE, Page, SECOND};
use keyward::client::{AccountSelector, TokenOptions};
use keyward::platform::sim::{Call, Chance, Faults, StorageFault, World};
use keyward::protocol::Millis;
use ledger::Ledger;
use std::any::Any;
use std::fmt;
use trace::Trace;

/// What the checks of one history, or of many, amount to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) histories: u64,
    pub(crate) steps: u64,
    pub(crate) acts: u64,
    pub(crate) faults: u64,
    pub(crate) requests: u64,
    pub(crate) tokens_handed_out: u64,
    pub(crate) checks: u64,
}

/// An invariant does not hold.
#[derive(Debug)]
pub(crate) struct Violation(String);

/// A history that went wrong.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) what: String,
    pub(crate) trace: Vec<String>,
}

pub(crate) type Checked = Result<(), Violation>;

pub(crate) struct History {
    world: World,
    chance: Chance,
    places: Vec<Place>,
    ledger: Ledger,
    trace: Trace,
    acts: u64,
    disturbances: u64,
}

/// A tab of the browser: pages come and go in it.
struct Place {
    page: Page,
    calls: Vec<(String, Call<()>)>,
    /// Who is about to sign in, or away at the provider.
    journey: Option<Journey>,
    _listening: Box<dyn Any>,
}

struct Journey {
    user: &'static str,
    back: Option<String>,
}

/// Lives through the history of that seed.
pub(crate) fn live(seed: u64) -> Result<Tally, Failure> {
    let mut history = History::begin(seed);
    match history.run() {
        Ok(()) => Ok(history.tally()),
        Err(violation) => Err(Failure { seed, what: violation.0, trace: history.trace.lines() }),
    }
}

impl History {
    fn begin(seed: u64) -> History {
        let world = World::new(seed);
        let mut chance = Chance::new(!seed);
        let mut provider = world.provider();
        let settings = &mut provider.settings;
        settings.access_lifetime = chance.pick(&[5 * SECOND, MINUTE, 5 * MINUTE, HOUR]).unwrap_or(MINUTE);
        settings.grace = chance.pick(&[0, MINUTE]).unwrap_or(0);
        settings.id_token_on_refresh = chance.percent(70);
        drop(provider);
        let trace = Trace::new(&world);
        let ledger = Ledger::new(trace.clone());
        History { world, chance, places: Vec::new(), ledger, trace, acts: 0, disturbances: 0 }
    }

    fn run(&mut self) -> Checked {
        for _ in 0..2 {
            let place = self.place(stage::APP);
            self.places.push(place);
        }
        self.pass(SECOND)?;
        self.travel(0, "alice")?;
        let acts = 20 + self.chance.below(40);
        for _ in 0..acts {
            self.act()?;
            self.acts += 1;
        }
        self.quiet_end()
    }

    /// Lets time pass, with the invariants checked after every step.
    fn pass(&mut self, duration: Millis) -> Checked {
        let end = self.world.time() + duration;
        loop {
            let goes_on = self.world.step_until(end);
            self.ledger.check(&self.world)?;
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Faults stop: what can be mended is mended, and everything comes to its end.
    fn quiet_end(&mut self) -> Checked {
        self.note("from here on everything works".to_owned());
        *self.world.faults() = Faults::default();
        self.world.set_storage_fault(StorageFault::None);
        self.world.set_online(true);
        for place in &self.places {
            self.ledger.thaws(place.page.tab.id(), self.world.time());
            place.page.tab.thaw();
        }
        self.pass(11 * MINUTE)?;
        // Who never came back from the provider is not here any more.
        self.places.retain(|place| !place.page.tab.is_gone());
        for index in 0..self.places.len() {
            let client = &self.places[index].page.client;
            let subjects: Vec<String> = client.state().sessions.iter().map(|session| session.subject.clone()).collect();
            for subject in subjects {
                self.must_recover(index, &subject)?;
            }
        }
        for place in &self.places {
            if !place.page.starting.is_settled() {
                return Err(Violation(format!("tab {:?} never starts", place.page.tab.id())));
            }
            if let Some((what, _)) = place.calls.iter().find(|(_, call)| !call.is_settled()) {
                return Err(Violation(format!("tab {:?}: never settles: {what}", place.page.tab.id())));
            }
        }
        let busy = self.world.busy_locks();
        if !busy.is_empty() {
            return Err(Violation(format!("locks are not free in the end: {busy:?}")));
        }
        self.ledger.same_everywhere(self.places.iter().map(|place| &place.page))
    }

    /// A session that the provider would still honour gives a token once everything works.
    fn must_recover(&mut self, index: usize, subject: &str) -> Checked {
        let page = &self.places[index].page;
        let account = AccountSelector { subject: Some(subject.to_owned()), ..AccountSelector::default() };
        let call = page.ask_with(TokenOptions { account, ..TokenOptions::default() });
        self.pass(12 * SECOND)?;
        let page = &self.places[index].page;
        match call.take() {
            None => Err(Violation(format!("tab {:?}: a call for a token of {subject} hangs", page.tab.id()))),
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => self.ledger.may_fail(&self.world, subject, &error, page),
        }
    }

    fn place(&self, url: &str) -> Place {
        let page = stage::begin_load(&self.world, url);
        let listening = self.ledger.listen(&page);
        Place { page, calls: Vec::new(), journey: None, _listening: listening }
    }

    fn note(&self, what: String) {
        self.trace.add(what);
    }

    fn tally(&self) -> Tally {
        let faulty = self.world.exchanges().iter().filter(|exchange| exchange.fault.is_some()).count() as u64;
        Tally {
            histories: 1,
            steps: self.world.steps(),
            acts: self.acts,
            faults: faulty + self.disturbances,
            requests: self.world.exchanges().len() as u64,
            tokens_handed_out: self.ledger.handed_out(),
            checks: self.ledger.checks(),
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { histories, steps, acts, faults, requests, tokens_handed_out, checks } = self;
        write!(
            f,
            "simulated {histories} histories: {steps} steps, {acts} acts, {faults} faults, {requests} requests, \
             {tokens_handed_out} tokens handed out, {checks} invariants checked"
        )
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.acts += other.acts;
        self.faults += other.faults;
        self.requests += other.requests;
        self.tokens_handed_out += other.tokens_handed_out;
        self.checks += other.checks;
    }
}
