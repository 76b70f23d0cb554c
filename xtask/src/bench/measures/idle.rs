//! What an instance holds and does while nobody asks it for anything: memory, memory after many refreshes, wake-ups.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Section;
use crate::bench::sdk::Sdk;
use crate::bench::series::Series;
use crate::bench::stage::{Cache, Conditions, Network, Stage};

const VISITOR: &str = "idle";
const MANY: usize = 10_000;
const CHUNK: usize = 250;
/// Who refreshes many times. Keyward does so to the end, the others for as long as this.
const REFRESHING: [Sdk; 3] = [Sdk::Keyward, Sdk::OidcClientTs, Sdk::Auth0];
const PATIENCE: Duration = Duration::from_secs(15);
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn measure(stage: &mut Stage, sdks: &[Sdk]) -> Result<Section> {
    let sdks: Vec<Sdk> = sdks.iter().copied().filter(|sdk| sdk.keeps_sessions()).collect();
    let mut memory = Series::new("idle/memory", "memory of the page, MB", "");
    let mut growth = Series::new("idle/growth", "more after 10,000 refreshes, MB", "");
    let mut visible = Series::new("idle/wake-ups/visible", "wake-ups a minute, visible", "");
    let mut hidden = Series::new("idle/wake-ups/hidden", "wake-ups a minute, hidden", "");
    let mut text = String::new();
    for sdk in &sdks {
        for cache in [Cache::Cold, Cache::Warm] {
            stage.trying("signing in", |stage| stage.sign_in(cache, *sdk, VISITOR, "ada"))?;
        }
    }
    eprintln!("  wake-ups");
    let tabs = [(Cache::Warm, "window", "visible"), (Cache::Cold, "tab", "hidden")];
    let counted = stage.trying("wake-ups", |stage| wake_ups(stage, &sdks, tabs))?;
    for (sdk, count) in &counted[0] {
        visible.add(*sdk, *count);
    }
    for (sdk, count) in &counted[1] {
        hidden.add(*sdk, *count);
    }
    for sdk in &sdks {
        let name = sdk.name();
        eprintln!("  memory of {name}");
        memory.add(*sdk, stage.trying(&format!("memory of {name}"), |stage| at_rest(stage, *sdk))?);
        if REFRESHING.contains(sdk) {
            let (count, more) = stage.trying(&format!("refreshes of {name}"), |stage| refreshing(stage, *sdk))?;
            growth.add(*sdk, more * MANY as f64 / count as f64);
            text.push_str(&format!("- {}: {count} refreshes: {more:.2} MB\n", sdk.package()));
        }
    }
    Ok(Section {
        title: "At rest",
        about: String::from(
            "The page's JavaScript heap after a garbage collection, and the memory of its WebAssembly module. How much more it is \
             after many refreshes in a row; where fewer than 10,000 were made, as much as that would be in proportion. How many \
             timers fired within a minute in a page that does nothing, visible and hidden; timers inside workers are not \
             counted.",
        ),
        series: vec![memory, growth, visible, hidden],
        unlisted: Vec::new(),
        text,
    })
}

/// MB of heap and modules in the current tab.
fn megabytes(stage: &mut Stage) -> Result<f64> {
    let browser = stage.browser(Cache::Warm);
    for _ in 0..2 {
        browser.cdp("HeapProfiler.collectGarbage", json!({}))?;
    }
    let heap = browser.cdp("Runtime.getHeapUsage", json!({}))?["usedSize"].as_f64().context("no heap usage")?;
    let modules = browser.run("return bench.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0)")?;
    Ok((heap + modules.as_f64().context("no memory of modules")?) / 1e6)
}

fn at_rest(stage: &mut Stage, sdk: Sdk) -> Result<f64> {
    let origin = stage.origin(sdk, VISITOR)?;
    stage.load(&origin, Conditions { cache: Cache::Warm, network: Network::Loopback, slowdown: 1 })?;
    std::thread::sleep(Duration::from_secs(2));
    megabytes(stage)
}

/// How many refreshes there were, and how many MB more there are after them.
fn refreshing(stage: &mut Stage, sdk: Sdk) -> Result<(usize, f64)> {
    let chunk = format!("return await bench.refreshes({CHUNK})");
    // What is compiled and allocated once is no growth.
    for _ in 0..2 {
        stage.browser(Cache::Warm).run(&chunk)?;
    }
    let before = megabytes(stage)?;
    let (began, mut count) = (Instant::now(), 0);
    while count < MANY && (sdk == Sdk::Keyward || began.elapsed() < PATIENCE) {
        stage.browser(Cache::Warm).run(&chunk)?;
        count += CHUNK;
    }
    Ok((count, megabytes(stage)? - before))
}

type Counted = Vec<(Sdk, f64)>;

/// All SDKs at once, each in a window, and each in a tab behind another one; for one minute.
fn wake_ups(stage: &mut Stage, sdks: &[Sdk], places: [(Cache, &'static str, &'static str); 2]) -> Result<[Counted; 2]> {
    let firsts = [stage.browser(Cache::Warm).current_tab(), stage.browser(Cache::Cold).current_tab()];
    let counted = watched(stage, sdks, places);
    stage.browser(Cache::Warm).close_all_but(&firsts[0])?;
    stage.browser(Cache::Cold).close_all_but(&firsts[1])?;
    counted
}

fn watched(stage: &mut Stage, sdks: &[Sdk], places: [(Cache, &'static str, &'static str); 2]) -> Result<[Counted; 2]> {
    let mut tabs = Vec::new();
    for (cache, kind, _) in places {
        for sdk in sdks {
            let origin = stage.origin(*sdk, VISITOR)?;
            let browser = stage.browser(cache);
            tabs.push((cache, *sdk, browser.open_tab(kind)?));
            browser.navigate(&format!("{origin}/?watched"))?;
            let loaded = browser.run("return await bench.finished()")?;
            ensure!(loaded["token"].is_string(), "{} has no token: {loaded}", sdk.name());
        }
    }
    let front = stage.browser(Cache::Cold);
    front.open_tab("tab")?;
    front.navigate("about:blank")?;
    // What follows a page load is no rest.
    std::thread::sleep(Duration::from_secs(8));
    for (cache, _, tab) in &tabs {
        let browser = stage.browser(*cache);
        browser.watch(tab, "bench.wakeUps = 0")?;
    }
    std::thread::sleep(MINUTE);
    let mut counted = [Vec::new(), Vec::new()];
    for (cache, sdk, tab) in &tabs {
        let told = stage.browser(*cache).watch(tab, "return [bench.wakeUps, document.visibilityState]")?;
        let place = usize::from(*cache == Cache::Cold);
        let expected = places[place].2;
        ensure!(told[1] == expected, "{} is {}, not {expected}", sdk.name(), told[1]);
        counted[place].push((*sdk, told[0].as_f64().context("no count")?));
    }
    Ok(counted)
}
