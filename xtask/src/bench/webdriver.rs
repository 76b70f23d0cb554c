//! Chromium over WebDriver, as far as the bench needs it. Every wait is bounded.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};

/// Longer than anything that a command of the bench may take.
const BOUND: Duration = Duration::from_secs(180);

/// A browser with a profile of its own.
pub(super) struct Browser {
    agent: ureq::Agent,
    session: String,
    /// The tab that commands go to.
    tab: String,
}

impl Browser {
    /// Opens a browser at the driver.
    pub(super) fn open(driver: &str, program: &str) -> Result<Self> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(BOUND)).http_status_as_error(false).build().into();
        let arguments = [
            "--headless=new",
            // Chromium's sandbox does not work for root, which is who runs in a container.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--window-size=1280,900",
        ];
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": program, "args": arguments },
            "timeouts": { "script": 150_000, "pageLoad": 60_000, "implicit": 0 },
        }}});
        let opened = value(agent.post(format!("{driver}/session")).send_json(capabilities))?;
        let id = opened["sessionId"].as_str().context("the driver opened no session")?;
        let mut browser = Self { agent, session: format!("{driver}/session/{id}"), tab: String::new() };
        browser.tab = browser.get("window")?.as_str().context("a browser without a tab")?.to_owned();
        browser.cdp("Network.enable", json!({}))?;
        Ok(browser)
    }

    /// What the browser calls itself.
    pub(super) fn version(&self) -> Result<String> {
        let version = self.cdp("Browser.getVersion", json!({}))?;
        Ok(version["product"].as_str().unwrap_or("an unknown browser").replace('/', " "))
    }

    /// A command of the DevTools protocol, to the current tab.
    pub(super) fn cdp(&self, command: &str, params: Value) -> Result<Value> {
        self.post("goog/cdp/execute", json!({ "cmd": command, "params": params }))
    }

    /// Returns when the page's `load` has fired.
    pub(super) fn navigate(&self, url: &str) -> Result<()> {
        self.post("url", json!({ "url": url })).map(drop)
    }

    /// Runs an async function's body in the page.
    pub(super) fn run(&self, body: &str) -> Result<Value> {
        self.post("execute/sync", json!({ "script": format!("return (async () => {{ {body} }})()"), "args": [] }))
    }

    /// Runs the body again and again until it returns something else than null. The page may be leaving meanwhile.
    pub(super) fn wait_for(&self, body: &str, within: Duration) -> Result<Value> {
        let end = Instant::now() + within;
        loop {
            match self.run(body) {
                Ok(Value::Null) if Instant::now() > end => {
                    let url = self.get("url").unwrap_or_default();
                    bail!("waited {} s in vain at {url} for: {body}", within.as_secs())
                }
                Err(error) if Instant::now() > end => return Err(error),
                Ok(Value::Null) | Err(_) => std::thread::sleep(Duration::from_millis(20)),
                Ok(found) => return Ok(found),
            }
        }
    }

    /// Opens a tab, or a window, and goes there. Returns the tab's name.
    pub(super) fn open_tab(&mut self, kind: &str) -> Result<String> {
        let opened = self.post("window/new", json!({ "type": kind }))?;
        let tab = opened["handle"].as_str().context("the driver opened no tab")?.to_owned();
        self.switch_to(&tab)?;
        Ok(tab)
    }

    pub(super) fn switch_to(&mut self, tab: &str) -> Result<()> {
        self.post("window", json!({ "handle": tab }))?;
        self.tab = tab.to_owned();
        Ok(())
    }

    /// Runs a script in another tab, which comes no further to the front for it.
    pub(super) fn watch(&mut self, tab: &str, body: &str) -> Result<Value> {
        let here = self.current_tab();
        self.switch_to(tab)?;
        let told = self.run(body);
        self.switch_to(&here)?;
        told
    }

    pub(super) fn current_tab(&self) -> String {
        self.tab.clone()
    }

    /// Closes the tabs, and goes to the one that stays.
    pub(super) fn close_all_but(&mut self, stays: &str) -> Result<()> {
        for tab in self.get("window/handles")?.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if tab != stays {
                self.switch_to(tab)?;
                value(self.agent.delete(format!("{}/window", self.session)).call())?;
            }
        }
        self.switch_to(stays)
    }

    fn get(&self, what: &str) -> Result<Value> {
        value(self.agent.get(format!("{}/{what}", self.session)).call())
    }

    fn post(&self, what: &str, body: Value) -> Result<Value> {
        value(self.agent.post(format!("{}/{what}", self.session)).send_json(body))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver's end ends the browser, too.
        let _ = self.agent.delete(&self.session).call();
    }
}

type Response = Result<ureq::http::Response<ureq::Body>, ureq::Error>;

/// The value of a WebDriver answer, or its error's words.
fn value(response: Response) -> Result<Value> {
    let mut answer: Value = response?.body_mut().read_json()?;
    let value = answer["value"].take();
    if let Some(error) = value["error"].as_str().filter(|_| value["stacktrace"].is_string()) {
        return Err(anyhow!("{error}: {}", value["message"].as_str().unwrap_or_default()));
    }
    Ok(value)
}

/// One request of ours to the bench's server.
pub(super) fn control(base: &str, name: &str, given: &Value) -> Result<Value> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(BOUND)).http_status_as_error(false).build().into();
    let mut response = agent.post(format!("{base}/control/{name}")).send_json(given)?;
    let status = response.status();
    ensure!(status.is_success(), "the server answered {status} to {name}: {}", response.body_mut().read_to_string()?);
    Ok(response.body_mut().read_json()?)
}
