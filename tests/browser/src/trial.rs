//! One trial: a scenario in one engine, with a fresh browser and a fresh provider.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use crate::engines::{EVERY_ENGINE, Engine, open_session};
use crate::lanes::Pace;
use crate::page::Browser;
use crate::server::Server;
use crate::{Error, Outcome};

/// What a scenario gets.
pub(crate) struct Trial {
    pub(crate) engine: Engine,
    pub(crate) browser: Browser,
    pub(crate) server: Server,
    /// Whether the test page's client runs in a worker.
    pub(crate) isolated: bool,
}

pub(crate) type MakeExtension = fn(&Path, &Server) -> Outcome;

pub(crate) type Story<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// A scenario's file exports one of these.
pub(crate) struct Scenario {
    /// Where it runs.
    pub(crate) engines: &'static [Engine],
    /// Lifetime of the provider's access tokens, in seconds.
    pub(crate) access_token_ttl: u32,
    /// Whether others may run beside it.
    pub(crate) pace: Pace,
    /// It does not take longer than this altogether, whatever a browser does.
    pub(crate) bound: Duration,
    /// Makes the extension that the browser has, in the given empty folder, for the servers of this trial.
    pub(crate) extension: Option<MakeExtension>,
    /// Whether the test page's client runs in a worker.
    pub(crate) isolated: bool,
    /// Whether it is a story that is told without a worker as well.
    pub(crate) is_repetition: bool,
    /// Where the story is told once more with `isolation: "worker"`.
    pub(crate) again: Again,
    pub(crate) run: for<'a> fn(&'a Trial) -> Story<'a>,
}

/// The end-to-end stories run once more with the client in a worker: all but those that say why they do not.
#[derive(Clone, Copy)]
pub(crate) enum Again {
    /// In those of its engines.
    InAWorker(&'static [Engine]),
    /// Not, for this reason.
    Not(&'static str),
}

impl Scenario {
    /// In every engine, without an extension.
    pub(crate) const fn everywhere(access_token_ttl: u32, run: for<'a> fn(&'a Trial) -> Story<'a>) -> Self {
        Self {
            engines: EVERY_ENGINE,
            access_token_ttl,
            pace: Pace::Busy,
            bound: BOUND,
            extension: None,
            isolated: false,
            is_repetition: false,
            again: Again::InAWorker(&[Engine::Chromium]),
            run,
        }
    }

    /// In these engines only; the scenario's file says why.
    pub(crate) const fn only_in(mut self, engines: &'static [Engine]) -> Self {
        self.engines = engines;
        self
    }

    /// With this extension in the browser.
    pub(crate) const fn with_extension(mut self, make: MakeExtension) -> Self {
        self.extension = Some(make);
        self
    }

    /// One that may take so long.
    pub(crate) const fn bounded(mut self, bound: Duration) -> Self {
        self.bound = bound;
        self
    }

    /// One that is about `isolation: "worker"`.
    pub(crate) const fn in_a_worker(mut self) -> Self {
        self.isolated = true;
        self
    }

    /// The main job: it runs once more in a worker in every engine, where others do so in Chromium alone.
    pub(crate) const fn in_a_worker_everywhere(mut self) -> Self {
        self.again = Again::InAWorker(EVERY_ENGINE);
        self
    }

    /// One that does not run once more in a worker, for this reason.
    pub(crate) const fn not_in_a_worker(mut self, reason: &'static str) -> Self {
        self.again = Again::Not(reason);
        self
    }

    /// The same story with `isolation: "worker"`, if there is one.
    pub(crate) fn told_again(&self) -> Option<Self> {
        let Again::InAWorker(engines) = self.again else { return None };
        (!self.isolated).then_some(Self { isolated: true, is_repetition: true, engines, ..*self })
    }

    /// Why there is none, for `--list`.
    pub(crate) fn told_once_because(&self) -> Option<&'static str> {
        let Again::Not(reason) = self.again else { return None };
        Some(reason)
    }

    /// One that mostly waits.
    pub(crate) const fn waiting(mut self) -> Self {
        self.pace = Pace::Waiting;
        self
    }
}

/// Enough for every scenario but a soak: the longest took 185 s where the whole run had three quarters of a core.
pub(crate) const BOUND: Duration = Duration::from_secs(600);

/// Runs one scenario; a failure's text says what the provider saw and where the tabs were.
pub(crate) fn run(name: &str, scenario: &Scenario, engine: Engine, driver_url: &str, work_folder: &Path) -> Outcome {
    let trial_name = format!("{}-{name}", engine.name());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let server =
        Server::start(scenario.access_token_ttl, scenario.isolated, &work_folder.join(format!("{trial_name}.log")))?;
    let extension =
        scenario.extension.map(|make| make_extension(make, &work_folder.join(&trial_name), &server)).transpose()?;
    let folders = extension.map(|folder| extensions_in(&folder)).transpose()?.unwrap_or_default();
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let browser = runtime.block_on(async { Browser::new(open_session(engine, driver_url, &folders).await?).await })?;
    let trial = Trial { engine, browser, server, isolated: scenario.isolated };

    let story = AssertUnwindSafe(|| {
        runtime.block_on(async {
            match tokio::time::timeout(scenario.bound, (scenario.run)(&trial)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(format!("the scenario took longer than {:?}", scenario.bound).into()),
            }
        })
    });
    let outcome = catch_unwind(story).unwrap_or_else(|_| Err(LAST_PANIC.take().into()));
    let outcome = outcome.map_err(|error| runtime.block_on(explain(error, &trial, &trial_name)));
    let Trial { browser, server, .. } = trial;
    let closed = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), browser.close()).await });
    outcome?;
    if scenario.isolated && !runtime.block_on(server.has_served("/pkg/worker.js"))? {
        return Err("no page has asked for a worker: what was told is another story".into());
    }
    closed.map_err(|_| "the browser did not close within 20 s")?
}

fn make_extension(make: MakeExtension, folder: &Path, server: &Server) -> Result<PathBuf, Error> {
    std::fs::create_dir_all(folder)?;
    make(folder, server)?;
    Ok(folder.to_owned())
}

/// The extension that lies there, or those in its folders.
fn extensions_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if folder.join("manifest.json").is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.iter().map(|entry| entry.path()).collect())
}

async fn explain(error: Error, trial: &Trial, trial_name: &str) -> Error {
    let text = RefCell::new(error.to_string());
    // A driver that answers nothing any more would hold up all that come after.
    if tokio::time::timeout(Duration::from_secs(60), look_around(trial, trial_name, &text)).await.is_err() {
        text.borrow_mut().push_str("\n--- the driver does not answer");
    }
    text.into_inner().into()
}

async fn look_around(trial: &Trial, trial_name: &str, text: &RefCell<String>) {
    let add = |line: String| text.borrow_mut().push_str(&line);
    if let Ok(log) = trial.server.log().await {
        add(format!("\n--- what the provider received:\n{}", log.text()));
    }
    let page = trial.browser.first_tab();
    for tab in trial.browser.tabs().await.unwrap_or_default() {
        if let Ok(Ok(url)) = tokio::time::timeout(Duration::from_secs(10), tab.url()).await {
            add(format!("\n--- a tab was at {url}"));
        }
        if let Ok(Ok(seen)) = tokio::time::timeout(Duration::from_secs(10), tab.run(LOOK)).await {
            add(format!("\n--- in the page: {seen}"));
        }
    }
    if let Ok(Ok(image)) = tokio::time::timeout(Duration::from_secs(10), page.screenshot()).await
        && let Ok(file) = save_screenshot(&format!("failed-{trial_name}"), &image)
    {
        add(format!("\n--- screenshot: {}", file.display()));
    }
}

const LOOK: &str = "return { events: window.events ?? null, problems: window.problems ?? null,
    state: window.auth?.state.status ?? null, begun: window.begun ?? null, heard: window.heard ?? null,
    text: document.body?.textContent.trim().slice(0, 500) }";

/// Into target/screenshots/, for people to look at.
pub(crate) fn save_screenshot(name: &str, image: &[u8]) -> Result<PathBuf, Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    std::fs::create_dir_all(&folder)?;
    let file = folder.canonicalize()?.join(format!("{name}.png"));
    std::fs::write(&file, image)?;
    Ok(file)
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A failed assertion is reported once, with the trial that it belongs to, and without a backtrace through the runtime.
pub(crate) fn keep_panics_for_the_report() {
    std::panic::set_hook(Box::new(|panic| LAST_PANIC.set(panic.to_string())));
}
