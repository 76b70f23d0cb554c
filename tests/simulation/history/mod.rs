//! A random history: some tabs and workers, two users, everything that may happen to them, and the invariants after
//! every step.

mod acts;
mod checks;
mod invariant;
mod ledger;
mod quiet_end;
mod refusals;
mod tally;
mod trace;

use super::stage::{self, HOUR, MINUTE, Page, SECOND};
pub(crate) use invariant::{Invariant, Violation};
use keyward::platform::sim::{Call, Chance, World};
use keyward::protocol::Millis;
use keyward::protocol::json::Json;
pub(crate) use ledger::Ledger;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
pub(crate) use tally::Tally;
pub(crate) use trace::Trace;

/// A history that went wrong.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) violation: Violation,
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
    disturbances: BTreeMap<&'static str, u64>,
}

/// A tab of the browser, in which pages come and go, or a worker.
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
    let trace = history.trace.clone();
    // A panic is one more thing that must not happen; what it leaves behind is dropped.
    let result = catch_unwind(AssertUnwindSafe(move || {
        history.ledger.checked(Invariant::NoPanic, 1);
        history.run().map(|()| history.tally())
    }));
    let result = result.unwrap_or_else(|_| {
        Err(Violation::new(Invariant::NoPanic, "a panic, which is shown where it happened".to_owned()))
    });
    result.map_err(|violation| Failure { seed, violation, trace: trace.lines() })
}

impl History {
    fn begin(seed: u64) -> History {
        let world = World::new(seed);
        let mut chance = Chance::new(!seed);
        let trace = Trace::new(&world);
        let mut ledger = Ledger::new(trace.clone());
        configure(&world, &mut chance);
        world.set_busy(4);
        ledger.unknown_lifetime = world.provider().settings.expires_in == Some(Json::Null);
        if chance.percent(4) {
            trace.add("a browser without Web Locks".to_owned());
            world.take_locks_away();
            ledger.without_locks();
        }
        History { world, chance, places: Vec::new(), ledger, trace, acts: 0, disturbances: BTreeMap::new() }
    }

    fn run(&mut self) -> Checked {
        // Without locks, contexts come into each other's way: the more, the less can be promised.
        let most = if self.ledger.is_without_locks() { 2 } else { 6 };
        let contexts = self.chance.pick(&[2, 2, 2, 2, 3, 3, 4, 6]).unwrap_or(2).min(most);
        self.ledger.contexts = contexts;
        for number in 0..contexts {
            let is_worker = number > 0 && self.chance.percent(25);
            let place = if is_worker { self.worker() } else { self.place(stage::APP) };
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
        self.pass_while(duration, |_| true)
    }

    /// The same, but only as long as that holds.
    fn pass_while(&mut self, duration: Millis, condition: impl Fn(&World) -> bool) -> Checked {
        let end = self.world.time() + duration;
        while condition(&self.world) {
            let goes_on = self.world.step_until(end);
            self.ledger.check(&self.world)?;
            self.ledger.nobody_is_refused_for_ever(&self.world, self.places.iter().map(|place| &place.page))?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    fn place(&self, url: &str) -> Place {
        self.of_page(stage::begin_load(&self.world, url))
    }

    fn worker(&self) -> Place {
        self.of_page(stage::begin_worker(&self.world))
    }

    fn of_page(&self, page: Page) -> Place {
        let listening = self.ledger.listen(&page);
        Place { page, calls: Vec::new(), journey: None, _listening: listening }
    }

    fn note(&self, what: String) {
        self.trace.add(what);
    }

    fn disturbed(&mut self, kind: &'static str) {
        *self.disturbances.entry(kind).or_default() += 1;
    }

    fn tally(&self) -> Tally {
        let mut faults = self.disturbances.clone();
        for fault in self.world.exchanges().iter().filter_map(|exchange| exchange.fault) {
            *faults.entry(fault.name()).or_default() += 1;
        }
        Tally {
            histories: 1,
            contexts: self.places.len() as u64,
            workers: self.places.iter().filter(|place| place.page.tab.is_worker()).count() as u64,
            steps: self.world.steps(),
            acts: self.acts,
            requests: self.world.exchanges().len() as u64,
            tokens_handed_out: self.ledger.handed_out(),
            faults,
            checks: self.ledger.checks(),
        }
    }
}

/// Providers differ.
fn configure(world: &World, chance: &mut Chance) {
    let mut provider = world.provider();
    let settings = &mut provider.settings;
    settings.access_lifetime = chance.pick(&[5 * SECOND, MINUTE, 5 * MINUTE, HOUR]).unwrap_or(MINUTE);
    settings.grace = chance.pick(&[0, 0, 30 * SECOND, MINUTE]).unwrap_or(0);
    settings.rotation = chance.percent(85);
    settings.refresh_lifetime = chance.pick(&[30 * 24 * HOUR, 30 * 24 * HOUR, 2 * HOUR]).unwrap_or(HOUR);
    settings.id_token_on_refresh = chance.percent(70);
    settings.revocation = chance.percent(90);
    if chance.percent(20) {
        settings.session_lifetime = chance.pick(&[10 * MINUTE, 40 * MINUTE, 3 * HOUR]);
    }
    if chance.percent(4) {
        settings.expires_in = Some(Json::Null);
    }
}
