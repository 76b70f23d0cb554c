//! Requests: at a page load with a session, at a sign-in, and of eight tabs over ten expiries.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Section;
use crate::bench::sdk::Sdk;
use crate::bench::series::Series;
use crate::bench::stage::{Cache, Conditions, Network, Stage, relax};

const VISITOR: &str = "counted";
const CREW: &str = "crew";
const TABS: usize = 8;
const EXPIRIES: u64 = 10;

/// A token's hour, and a little.
const SLEEP: u64 = 3_605_000;

pub(crate) fn measure(stage: &mut Stage, sdks: &[Sdk]) -> Result<Section> {
    let mut series = [
        Series::new("requests/load", "page load with a session", ""),
        Series::new("requests/sign-in", "sign-in", ""),
        Series::new("requests/expiries", "refreshes of 8 tabs over 10 expiries", ""),
        Series::new("requests/reused", "of them with a consumed refresh token", ""),
    ];
    let mut text = String::new();
    for sdk in sdks {
        let [load, sign_in, expiries, reused] = &mut series;
        eprintln!("  {}", sdk.name());
        let came = stage.trying(&format!("sign-in of {}", sdk.name()), |stage| signing_in(stage, *sdk))?;
        sign_in.add(*sdk, came.len() as f64);
        text.push_str(&format!("- {}: sign-in: {}", sdk.package(), came.join(", ")));
        if sdk.keeps_sessions() {
            let came = stage.trying(&format!("page load of {}", sdk.name()), |stage| loading(stage, *sdk))?;
            load.add(*sdk, came.len() as f64);
            text.push_str(&format!("; page load: {}", came.join(", ")));
            let crew = stage.trying(&format!("eight tabs of {}", sdk.name()), |stage| tabs(stage, *sdk))?;
            expiries.add(*sdk, crew.refreshes as f64);
            reused.add(*sdk, crew.reused as f64);
            if let Some(reason) = crew.reason {
                let Crew { failed, expiries, .. } = crew;
                let asked = TABS as u64 * expiries;
                text.push_str(&format!("; tabs: {failed} of {asked} calls in {expiries} expiries failed: {reason}"));
            }
        }
        text.push('\n');
    }
    Ok(Section {
        title: "Requests",
        about: String::from(
            "What the server counted. A page load with a valid session and an empty cache: scripts, modules, everything to the \
             provider, without the page. A sign-in: everything to the provider, from the call to signed in (the app's files are \
             cached). Eight tabs that slept for an hour, ten times, and each time ask for a token in the same moment: the clocks \
             of pages and provider are turned. The provider's refresh tokens rotate, and a consumed one is accepted here; a \
             provider that detects reuse ends the session at the first such request.",
        ),
        series: series.into(),
        unlisted: Vec::new(),
        text,
    })
}

fn signing_in(stage: &mut Stage, sdk: Sdk) -> Result<Vec<String>> {
    let origin = stage.origin(sdk, VISITOR)?;
    let browser = stage.browser(Cache::Cold);
    relax(browser)?;
    browser.navigate("about:blank")?;
    browser.cdp("Network.clearBrowserCache", json!({}))?;
    let what = json!({ "origin": origin, "storageTypes": "local_storage,indexeddb" });
    browser.cdp("Storage.clearDataForOrigin", what)?;
    stage.control("log", &json!({}))?;
    stage.sign_in(Cache::Cold, sdk, VISITOR, "ada")?;
    log(stage, sdk, |to, _| to == "provider")
}

fn loading(stage: &mut Stage, sdk: Sdk) -> Result<Vec<String>> {
    let origin = stage.origin(sdk, VISITOR)?;
    let how = Conditions { cache: Cache::Cold, network: Network::Loopback, slowdown: 1 };
    stage.browser(Cache::Cold).navigate("about:blank")?;
    stage.control("log", &json!({}))?;
    let loaded = stage.load(&origin, how)?;
    ensure!(loaded.token.is_some(), "no token at a page load");
    std::thread::sleep(Duration::from_millis(2500));
    log(stage, sdk, |_, what| what != "/")
}

struct Crew {
    refreshes: usize,
    reused: usize,
    failed: usize,
    /// How many there were: less than all where the session was lost.
    expiries: u64,
    /// What the first failure said.
    reason: Option<String>,
}

fn tabs(stage: &mut Stage, sdk: Sdk) -> Result<Crew> {
    stage.control("set", &json!({ "clock": 0 }))?;
    stage.sign_in(Cache::Warm, sdk, CREW, "ada")?;
    let origin = stage.origin(sdk, CREW)?;
    let first = stage.browser(Cache::Warm).current_tab();
    let counted = together(stage, sdk, &origin);
    stage.browser(Cache::Warm).close_all_but(&first)?;
    stage.control("set", &json!({ "clock": 0 }))?;
    counted
}

fn together(stage: &mut Stage, sdk: Sdk, origin: &str) -> Result<Crew> {
    let mut tabs = Vec::new();
    for _ in 0..TABS {
        let browser = stage.browser(Cache::Warm);
        tabs.push(browser.open_tab("tab")?);
        browser.navigate(&format!("{origin}/?watched"))?;
        let loaded = browser.run("return await bench.finished()")?;
        ensure!(loaded["token"].is_string(), "a tab has no token: {loaded}");
        browser.run("bench.joinCrew()")?;
    }
    stage.control("log", &json!({}))?;
    let mut failed = 0;
    let mut reason = None;
    let mut expiries = 0;
    for expiry in 1..=EXPIRIES {
        // Whoever has lost the session does not find it again: each such call would be waited for.
        if failed >= TABS {
            break;
        }
        expiries = expiry;
        stage.control("set", &json!({ "clock": expiry * SLEEP }))?;
        let browser = stage.browser(Cache::Warm);
        // One machine has one clock: a tab that is an hour ahead of another is nothing that an SDK has to expect.
        browser.run(&format!(
            "bench.sleep({SLEEP}); await new Promise((done) => setTimeout(done, 100)); bench.leadCrew()"
        ))?;
        for tab in &tabs {
            browser.switch_to(tab)?;
            let answer = browser.run("return await bench.crewsAnswer()")?;
            if !answer["token"].is_string() {
                failed += 1;
                reason.get_or_insert(answer["error"].to_string());
            }
        }
        // What a refresh sets off in the others has come by then.
        std::thread::sleep(Duration::from_millis(300));
    }
    let entries = stage.control("log", &json!({}))?;
    let entries = entries.as_array().context("no log")?;
    let refreshes: Vec<&Value> =
        entries.iter().filter(|entry| entry["sdk"] == sdk.name() && entry["what"] == "refresh").collect();
    let reused = refreshes.iter().filter(|entry| entry["reused"] == true).count();
    Ok(Crew { refreshes: refreshes.len(), reused, failed, expiries, reason })
}

/// What came to the server, by kind, as far as `counts` says.
fn log(stage: &mut Stage, sdk: Sdk, counts: fn(&str, &str) -> bool) -> Result<Vec<String>> {
    let entries = stage.control("log", &json!({}))?;
    let words = |entry: &Value| Some((entry["to"].as_str()?.to_owned(), entry["what"].as_str()?.to_owned()));
    let ours = entries.as_array().into_iter().flatten().filter(|entry| entry["sdk"] == sdk.name());
    let counted = ours.filter_map(words).filter(|(to, what)| counts(to, what));
    Ok(counted.map(|(to, what)| if to == "app" { kind(&what).to_owned() } else { what }).collect())
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "script",
        Some("wasm") => "module",
        _ => "page",
    }
}
