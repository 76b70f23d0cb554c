//! From the navigation to a usable access token, where a session is stored; and to "signed out", where there is none.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Section, in_rounds};
use crate::bench::sdk::Sdk;
use crate::bench::series::Series;
use crate::bench::stage::{Cache, Conditions, Network, Stage};
use crate::bench::waterfall::Trace;

struct Scenario {
    id: &'static str,
    title: &'static str,
    how: Conditions,
    visitor: &'static str,
}

const RESIDENT: &str = "resident";
/// Has never signed in.
const STRANGER: &str = "stranger";

const fn scenario(
    id: &'static str,
    title: &'static str,
    network: Network,
    cache: Cache,
    slowdown: u32,
    visitor: &'static str,
) -> Scenario {
    Scenario { id, title, how: Conditions { cache, network, slowdown }, visitor }
}

const SCENARIOS: [Scenario; 11] = [
    scenario("first-token/loopback/warm", "loopback, warm", Network::Loopback, Cache::Warm, 1, RESIDENT),
    scenario("first-token/slow-4g/cold", "slow 4G, cold", Network::Slow4g, Cache::Cold, 1, RESIDENT),
    scenario("first-token/loopback/cold", "loopback, cold", Network::Loopback, Cache::Cold, 1, RESIDENT),
    scenario("first-token/slow-4g/warm", "slow 4G, warm", Network::Slow4g, Cache::Warm, 1, RESIDENT),
    scenario("first-token/fast-3g/cold", "Fast 3G, cold", Network::Fast3g, Cache::Cold, 1, RESIDENT),
    scenario("first-token/fast-3g/warm", "Fast 3G, warm", Network::Fast3g, Cache::Warm, 1, RESIDENT),
    scenario("first-token/cpu/loopback/warm", "CPU ÷ 4, loopback, warm", Network::Loopback, Cache::Warm, 4, RESIDENT),
    scenario("first-token/cpu/slow-4g/cold", "CPU ÷ 4, slow 4G, cold", Network::Slow4g, Cache::Cold, 4, RESIDENT),
    scenario("signed-out/loopback/warm", "signed out, loopback, warm", Network::Loopback, Cache::Warm, 1, STRANGER),
    scenario("signed-out/slow-4g/cold", "signed out, slow 4G, cold", Network::Slow4g, Cache::Cold, 1, STRANGER),
    scenario("signed-out/cpu/loopback/warm", "signed out, CPU ÷ 4", Network::Loopback, Cache::Warm, 4, STRANGER),
];

/// The two that the targets speak of.
pub(crate) const REDUCED: usize = 2;

pub(crate) fn measure(stage: &mut Stage, sdks: &[Sdk], scenarios: usize) -> Result<Section> {
    let sdks: Vec<Sdk> = sdks.iter().copied().filter(|sdk| sdk.keeps_sessions()).collect();
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().take(scenarios).collect();
    for sdk in &sdks {
        for cache in [Cache::Cold, Cache::Warm] {
            stage.trying(&format!("settling {}", sdk.name()), |stage| stage.settle(cache, *sdk, RESIDENT))?;
        }
        let origin = stage.origin(*sdk, STRANGER)?;
        for _ in 0..3 {
            stage.load(&origin, Conditions { cache: Cache::Warm, network: Network::Loopback, slowdown: 1 })?;
        }
    }
    let mut series: Vec<Series> = scenarios.iter().map(|it| Series::new(it.id, it.title, "ms")).collect();
    in_rounds(stage, &sdks, &mut series, |stage, number, sdk| {
        let Some(scenario) = scenarios.get(number) else { anyhow::bail!("no such scenario") };
        let origin = stage.origin(sdk, scenario.visitor)?;
        let loaded = stage.load(&origin, scenario.how)?;
        ensure!(loaded.token.is_some() == (scenario.visitor == RESIDENT), "the page showed the wrong state");
        Ok(loaded.at)
    })?;
    Ok(Section {
        title: "First token",
        about: String::from(
            "From the navigation to an access token in hand, for a visitor whose session is stored and whose token is \
             valid; and to \"signed out\" on the page, for one who has never signed in. Slow 4G is 150 ms and \
             1.6 Mbit/s, Fast 3G 562.5 ms and 1.44 Mbit/s, set through DevTools. Cold: the browser's cache is emptied \
             before each load. Warm: scripts and module come from it, the page itself is asked for again. keycloak-js \
             stores nothing, so it asks its provider each time.",
        ),
        series,
        unlisted: Vec::new(),
        text: String::new(),
    })
}

/// A page load on slow 4G with an empty cache, of Keyward and oidc-client-ts, with what comes after the token.
pub(crate) fn traces(stage: &mut Stage) -> Result<Vec<(Sdk, Trace)>> {
    let mut traces = Vec::new();
    for sdk in [Sdk::Keyward, Sdk::OidcClientTs] {
        let how = Conditions { cache: Cache::Cold, network: Network::Slow4g, slowdown: 1 };
        let trace = stage.trying("a trace", |stage| {
            stage.settle(Cache::Cold, sdk, RESIDENT)?;
            let origin = stage.origin(sdk, RESIDENT)?;
            let loaded = stage.load_and_stay(&origin, how, QUIET)?;
            let title = format!("{}, slow 4G, empty cache", sdk.package());
            Ok(Trace { title, token_at: loaded.at, resources: loaded.resources })
        })?;
        traces.push((sdk, trace));
    }
    Ok(traces)
}

/// Longer than any SDK waits until it loads something behind the page.
const QUIET: Duration = Duration::from_millis(2500);

pub(crate) fn all() -> usize {
    SCENARIOS.len()
}
