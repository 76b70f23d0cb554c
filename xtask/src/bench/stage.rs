//! What every measure plays on: the server, two browsers (one whose cache is emptied before each load, one that keeps it),
//! the network and processor that they seem to have, and visitors of the measured apps.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::child::Group;
use super::order::Order;
use super::sdk::Sdk;
use super::webdriver::{self, Browser};
use crate::process::which;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cache {
    Cold,
    Warm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Loopback,
    /// 150 ms and 1.6 Mbit/s.
    Slow4g,
    /// What DevTools call so: 562.5 ms and 1.44 Mbit/s.
    Fast3g,
}

/// How a page is loaded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    pub(super) cache: Cache,
    pub(super) network: Network,
    /// How many times slower the processor seems.
    pub(super) slowdown: u32,
}

/// What a page did at its load.
pub(super) struct Loaded {
    /// None: signed out.
    pub(super) token: Option<String>,
    /// Milliseconds after the navigation began.
    pub(super) at: f64,
    /// Resource timings, the page itself first.
    pub(super) resources: Vec<Value>,
}

pub(super) struct Stage {
    base: String,
    cold: Browser,
    warm: Browser,
    origins: BTreeMap<(Sdk, String), String>,
    /// Trials that had to be repeated, and why.
    pub(super) repeated: Vec<String>,
    /// Who is not measured, and why.
    pub(super) unable: Vec<(Sdk, String)>,
    pub(super) order: Order,
    pub(super) rounds: usize,
    // Last, so that browsers are closed first.
    _driver: Group,
    _server: Group,
}

const TRIES: usize = 3;
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

impl Stage {
    /// `built` holds the apps that `tests/bench/build.mjs` made.
    pub(super) fn open(bench: &Path, built: &Path, rounds: usize) -> Result<Self> {
        let program = CHROMIUM.into_iter().find_map(which).context("there is no Chromium on PATH")?;
        let mut server = Command::new("node");
        server.arg(bench.join("server.mjs")).arg(built);
        let (server, line) = Group::start(&server, |line| line.starts_with('{'))?;
        let said: Value = serde_json::from_str(&line)?;
        let base = said["base"].as_str().context("the server named no address")?.to_owned();
        let mut driver = Command::new(which("chromedriver").context("there is no chromedriver on PATH")?);
        driver.arg("--port=0");
        let (driver, line) = Group::start(&driver, |line| port_in(line).is_some())?;
        let address = format!("http://127.0.0.1:{}", port_in(&line).context("chromedriver named no port")?);
        let program = program.to_string_lossy();
        Ok(Self {
            base,
            cold: Browser::open(&address, &program)?,
            warm: Browser::open(&address, &program)?,
            origins: BTreeMap::new(),
            repeated: Vec::new(),
            unable: Vec::new(),
            order: Order::of_now(),
            rounds,
            _driver: driver,
            _server: server,
        })
    }

    pub(super) fn browser(&mut self, cache: Cache) -> &mut Browser {
        match cache {
            Cache::Cold => &mut self.cold,
            Cache::Warm => &mut self.warm,
        }
    }

    /// `set`, `log` and `sizes`: see tests/bench/server.mjs.
    pub(super) fn control(&self, name: &str, given: &Value) -> Result<Value> {
        webdriver::control(&self.base, name, given)
    }

    /// Where a visitor of an app lives: with storage, cache and client id of its own.
    pub(super) fn origin(&mut self, sdk: Sdk, visitor: &str) -> Result<String> {
        let key = (sdk, visitor.to_owned());
        if let Some(known) = self.origins.get(&key) {
            return Ok(known.clone());
        }
        let told = self.control("origin", &json!({ "sdk": sdk.name(), "visitor": visitor }))?;
        let origin = told.as_str().context("the server named no origin")?.to_owned();
        self.origins.insert(key, origin.clone());
        Ok(origin)
    }

    /// Runs a trial; one that fails is repeated, and named at the end.
    pub(super) fn trying<T>(&mut self, what: &str, mut trial: impl FnMut(&mut Self) -> Result<T>) -> Result<T> {
        let mut tried = 1;
        loop {
            match trial(self) {
                Ok(found) => return Ok(found),
                Err(error) if tried == TRIES => return Err(error.context(format!("{what} failed {TRIES} times"))),
                Err(error) => {
                    let words = format!("{error:#}");
                    eprintln!("Once more: {what}: {words}");
                    self.repeated.push(format!("{what}: {}", words.lines().next().unwrap_or_default()));
                    tried += 1;
                }
            }
        }
    }

    /// Those that sign in here at all. The others are named with their reason; Keyward must be able to.
    pub(super) fn able(&mut self, sdks: Vec<Sdk>) -> Result<Vec<Sdk>> {
        let mut able = Vec::new();
        for sdk in sdks {
            match self.trying("a sign-in", |stage| stage.sign_in(Cache::Warm, sdk, "first", "ada")) {
                Ok(()) => able.push(sdk),
                Err(error) if sdk == Sdk::Keyward => return Err(error),
                Err(error) => self.unable.push((sdk, format!("{error:#}"))),
            }
        }
        Ok(able)
    }

    /// Signs a visitor in, by the SDK's own redirect.
    pub(super) fn sign_in(&mut self, cache: Cache, sdk: Sdk, visitor: &str, subject: &str) -> Result<()> {
        let origin = self.origin(sdk, visitor)?;
        let browser = self.browser(cache);
        relax(browser)?;
        browser.navigate(&format!("{origin}/?sign-in={subject}"))?;
        let back = "if (typeof bench === 'undefined') return null; \
                    return location.search.includes('sign-in') ? bench.failure : await bench.finished()";
        let loaded = browser.wait_for(back, Duration::from_secs(20))?;
        ensure!(loaded["token"].is_string(), "{} did not sign in: {loaded}", sdk.name());
        Ok(())
    }

    /// Signs a visitor in and loads the page until the browser's cache and its compiled code are as they will be.
    pub(super) fn settle(&mut self, cache: Cache, sdk: Sdk, visitor: &str) -> Result<()> {
        self.sign_in(cache, sdk, visitor, "ada")?;
        let origin = self.origin(sdk, visitor)?;
        for _ in 0..if cache == Cache::Warm { 3 } else { 1 } {
            let loaded = self.load(&origin, Conditions { cache, network: Network::Loopback, slowdown: 1 })?;
            ensure!(loaded.token.is_some(), "{} did not keep its session", sdk.name());
            // Whatever an SDK loads later is loaded by then.
            std::thread::sleep(Duration::from_millis(700));
        }
        Ok(())
    }

    /// Navigates to a page of an app and returns what came of it.
    pub(super) fn load(&mut self, url: &str, how: Conditions) -> Result<Loaded> {
        let browser = self.browser(how.cache);
        relax(browser)?;
        browser.navigate("about:blank")?;
        self.load_here(url, how)
    }

    /// The same, and what was transferred for the page within some time after its token, too.
    pub(super) fn load_and_stay(&mut self, url: &str, how: Conditions, stay: Duration) -> Result<Loaded> {
        let browser = self.browser(how.cache);
        relax(browser)?;
        browser.navigate("about:blank")?;
        self.begin_load(url, how)?;
        std::thread::sleep(stay);
        self.end_load(how)
    }

    /// The same from the page where the browser is: for a way back that the page's tab has to keep something for.
    pub(super) fn load_here(&mut self, url: &str, how: Conditions) -> Result<Loaded> {
        self.begin_load(url, how)?;
        self.end_load(how)
    }

    fn begin_load(&mut self, url: &str, how: Conditions) -> Result<()> {
        let browser = self.browser(how.cache);
        if how.cache == Cache::Cold {
            browser.cdp("Network.clearBrowserCache", json!({}))?;
        }
        pretend(browser, how.network, how.slowdown)?;
        browser.navigate(url)
    }

    fn end_load(&mut self, how: Conditions) -> Result<Loaded> {
        let browser = self.browser(how.cache);
        let mut told = browser.run("return { ...(await bench.finished()), resources: bench.resources() }")?;
        relax(browser)?;
        ensure!(told["error"].is_null(), "the page failed: {}", told["error"]);
        let resources = told["resources"].as_array_mut().map(std::mem::take).unwrap_or_default();
        let at = told["at"].as_f64().with_context(|| format!("the page did not say when: {told}"))?;
        Ok(Loaded { token: told["token"].as_str().map(str::to_owned), at, resources })
    }
}

/// The machine and its network as they are.
pub(super) fn relax(browser: &Browser) -> Result<()> {
    pretend(browser, Network::Loopback, 1)
}

fn pretend(browser: &Browser, network: Network, slowdown: u32) -> Result<()> {
    let (latency, down, up) = match network {
        Network::Loopback => (0.0, -1.0, -1.0),
        Network::Slow4g => (150.0, 1_600_000.0 / 8.0, 750_000.0 / 8.0),
        Network::Fast3g => (562.5, 1_440_000.0 / 8.0, 675_000.0 / 8.0),
    };
    let conditions =
        json!({ "offline": false, "latency": latency, "downloadThroughput": down, "uploadThroughput": up });
    browser.cdp("Network.emulateNetworkConditions", conditions)?;
    browser.cdp("Emulation.setCPUThrottlingRate", json!({ "rate": slowdown })).map(drop)
}

/// The port in `ChromeDriver was started successfully on port 43121.`
fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}
