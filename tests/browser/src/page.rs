//! What a scenario does in a browser: tabs, scripts, clicks, waiting.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::{Error, Outcome, deadline};

/// How long anything may take that normally happens within a second or two.
pub(crate) const PATIENCE: Duration = Duration::from_secs(25);

/// One browser with a profile of its own.
pub(crate) struct Browser {
    client: Client,
    current: Rc<RefCell<WindowHandle>>,
}

impl Browser {
    pub(crate) async fn new(client: Client) -> Result<Self, Error> {
        let current = Rc::new(RefCell::new(client.window().await?));
        Ok(Self { client, current })
    }

    /// The tab that WebDriver looks at now: the first one until a second is opened.
    pub(crate) fn first_tab(&self) -> Page {
        Page { client: self.client.clone(), window: self.current.borrow().clone(), current: Rc::clone(&self.current) }
    }

    /// Another tab of the same browser, blank.
    pub(crate) async fn new_tab(&self) -> Result<Page, Error> {
        let window = self.client.new_window(true).await?.handle;
        Ok(Page { client: self.client.clone(), window, current: Rc::clone(&self.current) })
    }

    /// The window that `open` makes the browser open.
    pub(crate) async fn window_opened_by(&self, open: impl Future<Output = Outcome>) -> Result<Page, Error> {
        let before = self.client.windows().await?;
        open.await?;
        let opened = || async { Ok(self.client.windows().await?.into_iter().find(|window| !before.contains(window))) };
        let window = wait_until(PATIENCE, "a new window", opened).await?;
        Ok(Page { client: self.client.clone(), window, current: Rc::clone(&self.current) })
    }

    /// How many windows and tabs there are.
    pub(crate) async fn window_count(&self) -> Result<usize, Error> {
        Ok(self.client.windows().await?.len())
    }

    /// Every tab, in no order.
    pub(crate) async fn tabs(&self) -> Result<Vec<Page>, Error> {
        let page = |window| Page { client: self.client.clone(), window, current: Rc::clone(&self.current) };
        Ok(self.client.windows().await?.into_iter().map(page).collect())
    }

    pub(crate) async fn close(self) -> Outcome {
        Ok(self.client.close().await?)
    }
}

/// One tab.
pub(crate) struct Page {
    client: Client,
    window: WindowHandle,
    current: Rc<RefCell<WindowHandle>>,
}

/// A promise rejected in the page; the value is what `describe` of the test page (or a plain fallback) says of it.
#[derive(Debug)]
pub(crate) struct Rejection(pub(crate) Value);

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the page rejected: {}", self.0)
    }
}

impl std::error::Error for Rejection {}

impl Page {
    pub(crate) async fn open(&self, url: &str) -> Outcome {
        self.select().await?.goto(url).await.map_err(|error| format!("opening {url}: {error}"))?;
        self.loaded().await
    }

    pub(crate) async fn reload(&self) -> Outcome {
        self.select().await?.refresh().await?;
        self.loaded().await
    }

    /// WebKitWebDriver calls a page loaded while the modules that its script imports are still on their way.
    async fn loaded(&self) -> Outcome {
        self.wait_for("return document.readyState === 'complete'").await.map(drop)
    }

    /// The browser's back button.
    pub(crate) async fn back(&self) -> Outcome {
        Ok(self.select().await?.back().await?)
    }

    /// Closes the tab, as its user would; it must not be the last one.
    pub(crate) async fn close(self) -> Outcome {
        let client = self.select().await?;
        client.close_window().await?;
        // Drivers do nothing from within a window that is gone.
        let rest = client.windows().await?.into_iter().next().ok_or("the last tab was closed")?;
        client.switch_to_window(rest.clone()).await?;
        *self.current.borrow_mut() = rest;
        Ok(())
    }

    /// A command of the Chrome DevTools Protocol to this tab.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, Error> {
        let request = DevTools(json!({ "cmd": command, "params": parameters }));
        let answer = self.select().await?.issue_cmd(request).await;
        answer.map_err(|error| format!("{command}: {error}").into())
    }

    pub(crate) async fn url(&self) -> Result<String, Error> {
        Ok(self.select().await?.current_url().await?.into())
    }

    /// Runs the body of an async function in the page.
    pub(crate) async fn run(&self, body: &str) -> Result<Value, Error> {
        self.run_with(body, Value::Null).await
    }

    /// The same, with a value that the body knows as `given`.
    pub(crate) async fn run_with(&self, body: &str, given: Value) -> Result<Value, Error> {
        let script = format!(
            "const [given, done] = arguments;
             const describe = window.describe ?? ((error) => ({{ message: String(error) }}));
             (async () => {{ {body} }})().then(
               (value) => done({{ value: value ?? null }}),
               (error) => done({{ rejection: describe(error) }}));"
        );
        let mut answer = self
            .select()
            .await?
            .execute_async(&script, vec![given])
            .await
            .map_err(|error| format!("running `{body}`: {error}"))?;
        match answer.get("rejection") {
            Some(rejection) => Err(Box::new(Rejection(rejection.clone()))),
            None => Ok(answer["value"].take()),
        }
    }

    /// Runs what must be rejected, and returns what the caller sees of it.
    pub(crate) async fn rejection_of(&self, body: &str) -> Result<Value, Error> {
        self.rejection_of_with(body, Value::Null).await
    }

    pub(crate) async fn rejection_of_with(&self, body: &str, given: Value) -> Result<Value, Error> {
        match self.run_with(body, given).await {
            Ok(value) => Err(format!("`{body}` was expected to reject and returned {value}").into()),
            Err(error) => Ok(error.downcast::<Rejection>()?.0),
        }
    }

    /// Starts the body of an async function and does not wait for it: it may navigate, or wait for another tab.
    pub(crate) async fn begin(&self, body: &str) -> Outcome {
        let script = format!(
            "const describe = window.describe ?? ((error) => ({{ message: String(error) }}));
             window.begun = null;
             setTimeout(() => (async () => {{ {body} }})().then(
               (value) => {{ window.begun = {{ value: value ?? null }}; }},
               (error) => {{ window.begun = {{ rejection: describe(error) }}; }}));"
        );
        self.select().await?.execute(&script, vec![]).await.map_err(|error| format!("starting `{body}`: {error}"))?;
        Ok(())
    }

    /// The result of what `begin` started.
    pub(crate) async fn finish(&self) -> Result<Value, Error> {
        let answer = self.wait_for("return window.begun").await?;
        match answer.get("rejection") {
            Some(rejection) => Err(Box::new(Rejection(rejection.clone()))),
            None => Ok(answer["value"].clone()),
        }
    }

    /// The first truthy value of a synchronous script; a page that is just being replaced counts as "not yet".
    pub(crate) async fn wait_for(&self, script: &str) -> Result<Value, Error> {
        self.wait_up_to(PATIENCE, script).await
    }

    pub(crate) async fn wait_up_to(&self, patience: Duration, script: &str) -> Result<Value, Error> {
        let what = format!("`{script}`");
        let last_error = RefCell::new(String::new());
        let probe = || async {
            match self.select().await?.execute(script, vec![]).await {
                Ok(value) if is_truthy(&value) => Ok(Some(value)),
                Ok(_) => Ok(None),
                Err(error) => {
                    *last_error.borrow_mut() = format!(" (last: {error})");
                    Ok(None)
                }
            }
        };
        match wait_until(patience, &what, probe).await {
            Ok(value) => Ok(value),
            Err(error) => {
                let url = self.url().await.unwrap_or_default();
                Err(format!("{error} at {url}{}", last_error.borrow()).into())
            }
        }
    }

    /// Waits until the tab shows a loaded page whose URL begins with `prefix`.
    pub(crate) async fn wait_for_url(&self, prefix: &str) -> Outcome {
        let wanted = json!(prefix);
        self.wait_for(&format!("return location.href.startsWith({wanted}) && document.readyState === 'complete'"))
            .await?;
        Ok(())
    }

    pub(crate) async fn text(&self, selector: &str) -> Result<String, Error> {
        Ok(self.select().await?.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await?.text().await?)
    }

    /// A real click, as the driver makes it.
    pub(crate) async fn click(&self, selector: &str) -> Outcome {
        let client = self.select().await?;
        let element = client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        let element = element.map_err(|error| format!("looking for {selector}: {error}"))?;
        element.click().await.map_err(|error| format!("clicking {selector}: {error}").into())
    }

    /// Types into a field, replacing what is there.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) -> Outcome {
        let client = self.select().await?;
        let element = client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        let element = element.map_err(|error| format!("looking for {selector}: {error}"))?;
        element.clear().await?;
        element.send_keys(text).await.map_err(|error| format!("typing into {selector}: {error}").into())
    }

    /// What the tab has painted. WebKitGTK paints the first tab only, and would never answer for another.
    pub(crate) async fn screenshot(&self) -> Result<Vec<u8>, Error> {
        let image = timeout(PATIENCE, self.select().await?.screenshot()).await;
        Ok(image.map_err(|_| "the browser paints nothing")??)
    }

    async fn select(&self) -> Result<&Client, Error> {
        if *self.current.borrow() != self.window {
            self.client.switch_to_window(self.window.clone()).await?;
            *self.current.borrow_mut() = self.window.clone();
        }
        Ok(&self.client)
    }
}

/// chromedriver's own WebDriver command.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn wait_until<T, F>(patience: Duration, what: &str, mut probe: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<Option<T>, Error>>,
{
    let end = deadline(patience);
    loop {
        if let Some(value) = probe().await? {
            return Ok(value);
        }
        if Instant::now() > end {
            return Err(format!("waited {patience:?} in vain for {what}").into());
        }
        sleep(Duration::from_millis(60)).await;
    }
}

fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some("") && value.as_f64() != Some(0.0)
}
