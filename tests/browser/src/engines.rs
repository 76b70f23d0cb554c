//! The three browser engines: how each is found, started, and asked for a fresh session.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};

use crate::process::{ProcessGroup, find_program};
use crate::{Error, Outcome, deadline};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKitGtk,
}

pub(crate) const EVERY_ENGINE: &[Engine] = &[Engine::Chromium, Engine::Firefox, Engine::WebKitGtk];

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKitGtk => "webkitgtk",
        }
    }
}

/// One driver process of an engine, started when first needed. It serves one session at a time:
/// geckodriver and WebKitWebDriver know no more.
pub(crate) struct Driver {
    engine: Engine,
    name: String,
    running: Mutex<Option<Running>>,
    work_folder: PathBuf,
}

struct Running {
    url: String,
    driver: ProcessGroup,
    // After the driver, so that it is dropped later: browsers complain loudly when their display goes first.
    _display: Option<ProcessGroup>,
}

impl Driver {
    /// The name tells the drivers of one engine apart.
    pub(crate) fn new(engine: Engine, name: &str, work_folder: &Path) -> Self {
        let name = format!("{}-{name}", engine.name());
        Self { engine, name, running: Mutex::new(None), work_folder: work_folder.to_owned() }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs `body` with the driver's address while no other trial uses this driver.
    pub(crate) fn exclusively(&self, body: impl FnOnce(&str) -> Outcome) -> Outcome {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_none() {
            *running = Some(start(self.engine, &self.name, &self.work_folder)?);
        }
        let Some(driver) = running.as_ref() else { return Err("the driver is not running".into()) };
        let outcome = body(&driver.url);
        if outcome.is_err() {
            // Whatever went wrong may have left the driver with a session that it will not give up.
            *running = None;
        }
        outcome
    }

    /// Ends the driver and its browsers; test runs end with `exit`, which drops nothing.
    pub(crate) fn stop(&self) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A new browser with a new profile. `extensions` are folders of unpacked extensions (Chromium).
pub(crate) async fn open_session(engine: Engine, driver_url: &str, extensions: &[&Path]) -> Result<Client, Error> {
    let Value::Object(capabilities) = capabilities(engine, extensions)? else { return Err("no capabilities".into()) };
    let capabilities: Capabilities = capabilities;
    let client = tokio::time::timeout(
        Duration::from_secs(60),
        ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(driver_url),
    )
    .await
    .map_err(|_| format!("{} did not start within a minute", engine.name()))?
    .map_err(|error| format!("{} did not start: {error}", engine.name()))?;
    Ok(client)
}

const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

fn capabilities(engine: Engine, extensions: &[&Path]) -> Result<Value, Error> {
    let mut capabilities = match engine {
        Engine::Chromium => {
            let mut arguments: Vec<String> = [
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
            ]
            .map(String::from)
            .to_vec();
            if !extensions.is_empty() {
                let folders: Vec<String> = extensions.iter().map(|folder| folder.display().to_string()).collect();
                arguments.push(format!("--load-extension={}", folders.join(",")));
                arguments.push("--disable-features=DisableLoadExtensionCommandLineSwitch".into());
            }
            json!({ "goog:chromeOptions": {
                "binary": program(engine, CHROMIUM, "Chromium (Debian: apt-get install chromium)")?,
                "args": arguments,
            }})
        }
        Engine::Firefox => json!({ "moz:firefoxOptions": {
            "binary": program(engine, &["firefox", "firefox-esr"], "Firefox (Debian: apt-get install firefox-esr)")?,
            "args": ["-headless", "--width=1280", "--height=900"],
        }}),
        Engine::WebKitGtk => json!({ "webkitgtk:browserOptions": {
            "binary": mini_browser()?,
            "args": ["--automation"],
        }}),
    };
    capabilities["timeouts"] = json!({ "script": 90_000, "pageLoad": 60_000, "implicit": 0 });
    Ok(capabilities)
}

fn start(engine: Engine, name: &str, work_folder: &Path) -> Result<Running, Error> {
    // One at a time: a port that is free is free for one.
    static STARTING: Mutex<()> = Mutex::new(());
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let port = free_port()?;
    let log = work_folder.join(format!("{name}-driver.log"));
    let mut display = None;
    let mut command = match engine {
        Engine::Chromium => {
            let driver = program(engine, &["chromedriver"], "chromedriver (Debian: apt-get install chromium-driver)")?;
            let mut command = Command::new(driver);
            command.arg(format!("--port={port}"));
            command
        }
        Engine::Firefox => {
            let mut command = Command::new(geckodriver()?);
            command.args(["--port", &port.to_string(), "--websocket-port", &free_port()?.to_string()]);
            command
        }
        Engine::WebKitGtk => {
            let hint = "WebKitWebDriver (Debian: apt-get install webkit2gtk-driver)";
            let mut command = Command::new(program(engine, &["WebKitWebDriver"], hint)?);
            command.arg(format!("--port={port}"));
            let (server, number) = start_display(name, work_folder)?;
            display = Some(server);
            command.env("DISPLAY", format!(":{number}")).env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
            // There is no session bus and no GPU in a container; neither is what we test.
            command.env("NO_AT_BRIDGE", "1").env("LIBGL_ALWAYS_SOFTWARE", "1");
            command
        }
    };
    // Profiles and sockets of the browsers go where they are removed with the rest.
    command.env("TMPDIR", work_folder);
    let driver = ProcessGroup::start(&command, &log)?;
    let running = Running { url: format!("http://127.0.0.1:{port}"), driver, _display: display };
    wait_for_port(port).map_err(|error| format!("{}: {error}\n{}", engine.name(), running.driver.output()))?;
    Ok(running)
}

/// MiniBrowser has no headless mode: an X server without a screen, on a display number that is free.
fn start_display(name: &str, work_folder: &Path) -> Result<(ProcessGroup, u32), Error> {
    let program = program(Engine::WebKitGtk, &["Xvfb"], "Xvfb (Debian: apt-get install xvfb)")?;
    let mut command = Command::new(program);
    command.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
    let log = work_folder.join(format!("{name}-xvfb.log"));
    let (server, line) = ProcessGroup::start_and_read_line(&command, &log, Duration::from_secs(20))?;
    let number = line.trim().parse().map_err(|_| format!("Xvfb named no display: {line}"))?;
    Ok((server, number))
}

/// A missing browser is a failure that says what to install: a skipped engine would look like a tested one.
fn program(engine: Engine, names: &[&str], what: &str) -> Result<PathBuf, Error> {
    find_program(names).ok_or_else(|| format!("{} cannot be tested: {what} is missing from PATH", engine.name()).into())
}

fn geckodriver() -> Result<PathBuf, Error> {
    if let Some(named) = std::env::var_os("KEYWARD_GECKODRIVER") {
        let file = PathBuf::from(named);
        return match file.is_file() {
            true => Ok(file),
            false => Err(format!("KEYWARD_GECKODRIVER names no file: {}", file.display()).into()),
        };
    }
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/geckodriver");
    if built.is_file() {
        return Ok(built);
    }
    program(Engine::Firefox, &["geckodriver"], "geckodriver (`cargo xtask test` builds it into target/tools)")
}

/// Debian keeps MiniBrowser out of PATH, in a folder named after the library's API version.
fn mini_browser() -> Result<PathBuf, Error> {
    let mut found: Vec<PathBuf> = ["/usr/lib", "/usr/libexec", "/usr/lib64"]
        .iter()
        .flat_map(|root| {
            [PathBuf::from(root), Path::new(root).join("x86_64-linux-gnu"), Path::new(root).join("aarch64-linux-gnu")]
        })
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(Result::ok))
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("webkit"))
        .map(|entry| entry.path().join("MiniBrowser"))
        .filter(|file| file.is_file())
        .collect();
    found.sort();
    found.pop().ok_or_else(|| {
        "webkitgtk cannot be tested: MiniBrowser is missing (Debian: apt-get install libwebkit2gtk-4.1-0)".into()
    })
}

fn free_port() -> Result<u16, Error> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn wait_for_port(port: u16) -> Outcome {
    let end = deadline(Duration::from_secs(30));
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if tokio::time::Instant::now() > end {
            return Err("the driver did not listen within 30 s".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
