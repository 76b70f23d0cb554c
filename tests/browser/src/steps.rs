//! What several stories have in common: opening the app, signing in on the provider's pages.

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::trial::Trial;
use crate::{Error, Outcome};

/// For `begin`: what a caller gets, and when.
pub(crate) const ASK: &str = "return await auth.getAccessToken()
    .then((token) => ({ token }), (error) => ({ rejection: describe(error) }))
    .then((result) => ({ ...result, at: clock.true() }))";

/// Opens the tests' own page and creates the client with `config` over the defaults.
pub(crate) async fn open_app(trial: &Trial, page: &Page, config: Value) -> Result<Value, Error> {
    page.open(&format!("{}/", trial.server.app)).await?;
    start(page, config).await
}

/// What an app does on each load; the result has `state`, `redirectResult` and `url`.
pub(crate) async fn start(page: &Page, config: Value) -> Result<Value, Error> {
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run_with("return start(given)", config).await
}

/// Signs in on the provider's pages and returns what `start` says on the way back.
pub(crate) async fn sign_in(trial: &Trial, page: &Page, name: &str, config: Value) -> Result<Value, Error> {
    page.begin("await auth.signIn()").await?;
    log_in_at_the_provider(trial, page, name).await?;
    page.wait_for_url(&trial.server.app).await?;
    let started = start(page, config).await?;
    forget_the_start(page).await?;
    Ok(started)
}

/// What happened while the client started is told right after it: stories are about what comes then.
pub(crate) async fn forget_the_start(page: &Page) -> Outcome {
    page.run("await new Promise((resolve) => setTimeout(resolve, 10)); events.length = 0").await?;
    Ok(())
}

/// Types a name into the provider's login page and submits it.
pub(crate) async fn log_in_at_the_provider(trial: &Trial, page: &Page, name: &str) -> Outcome {
    log_in_at(page, &trial.server.provider, name).await
}

/// The same at a provider of this issuer.
pub(crate) async fn log_in_at(page: &Page, issuer: &str, name: &str) -> Outcome {
    page.wait_for_url(&format!("{issuer}/login/")).await?;
    page.type_into("#login", name).await?;
    page.click("form button[type=submit]").await
}

/// Waits for the way through the provider's logout page and back to `home`.
pub(crate) async fn return_from_logout(trial: &Trial, page: &Page, home: &str) -> Outcome {
    // The request and the confirmation that the provider's page sends by itself.
    let confirmed = || async { Ok((trial.server.log().await?.to("end_session").len() >= 2).then_some(())) };
    wait_until(PATIENCE, "the provider's logout", confirmed).await?;
    page.wait_for_url(home).await
}

/// Asks the protected API with this token; the result has `status` and `body`.
pub(crate) async fn call_api(page: &Page, token: &Value) -> Result<Value, Error> {
    let script = "const response = await fetch('/api/me', { headers: { authorization: 'Bearer ' + given } });
                  return { status: response.status, body: await response.json() }";
    page.run_with(script, token.clone()).await
}

/// The settings under which nothing happens in the background.
pub(crate) fn quiet() -> Value {
    json!({ "autoRefresh": false })
}

/// A button whose click signs in in a popup with these options: browsers let a page open a window when a person clicks.
/// `abortAfter` milliseconds the call is aborted. `window.popup` is what was opened.
pub(crate) async fn popup_button(page: &Page, options: Value) -> Outcome {
    let script = "const button = document.createElement('button');
        button.id = 'popup';
        button.textContent = 'sign in';
        const open = window.open;
        window.open = (...how) => (window.popup = open.apply(window, how));
        button.onclick = () => {
          const { abortAfter, ...options } = given;
          if (abortAfter) options.signal = AbortSignal.timeout(abortAfter);
          window.begun = window.popup = null;
          const signingIn = auth.signIn({ mode: 'popup', ...options });
          window.openedInTime = window.popup !== null;
          signingIn.then(
            (value) => { window.begun = { value: plain(value) }; },
            (error) => { window.begun = { rejection: describe(error) }; });
        };
        document.body.append(button)";
    page.run_with(script, options).await.map(drop)
}

/// Another tab with the app in it, which continues the stored session.
pub(crate) async fn open_another(trial: &Trial, config: Value) -> Result<Page, Error> {
    let page = trial.browser.new_tab().await?;
    let opened = open_app(trial, &page, config).await?;
    assert_eq!(opened["state"]["status"], "signed_in", "{opened}");
    Ok(page)
}

/// In these tabs it is just after the access token's expiry now, to the millisecond the same time in all of them.
pub(crate) async fn let_the_token_expire(pages: &[&Page]) -> Outcome {
    let mut ahead = Value::Null;
    for page in pages {
        if ahead.is_null() {
            ahead = page.run("clock.passTo(auth.state.session.expiresAt + 1000); return clock.get()").await?;
        }
        page.run_with("clock.set(given); await clock.toldTheWorker()", ahead.clone()).await?;
    }
    Ok(())
}

/// Waits until the provider has received so many token requests since the last `reset`, answered or not.
pub(crate) async fn token_requests_arrive(trial: &Trial, count: usize) -> Outcome {
    let arrived = || async { Ok((trial.server.log().await?.to("token").len() >= count).then_some(())) };
    wait_until(PATIENCE, "the token request", arrived).await
}

/// Waits until a fault holds the last of so many token requests, or its answer.
pub(crate) async fn a_token_request_is_held(trial: &Trial, count: usize) -> Outcome {
    let held = || async {
        let log = trial.server.log().await?;
        Ok(log.to("token").get(count - 1).filter(|request| !request["held"].is_null()).map(drop))
    };
    wait_until(PATIENCE, "a token request that is held", held).await
}

/// Waits until so many tabs stand in line for a lock.
pub(crate) async fn tabs_wait_for_a_lock(page: &Page, count: usize) -> Outcome {
    // Not those by which a page and its worker learn of each other's end.
    let waiting = format!(
        "const {{ pending }} = await navigator.locks.query();
         return pending.filter(({{ name }}) => !/^keyward:(page|worker):/.test(name)).length === {count}"
    );
    let waiting = || async { Ok((page.run(&waiting).await? == true).then_some(())) };
    wait_until(PATIENCE, "tabs that wait for the lock", waiting).await
}

/// From now on, what this page draws by chance begins with the given octet: 255 is the longest pause, 0 the shortest.
pub(crate) async fn fix_chance(page: &Page, octet: u8) -> Outcome {
    let script = "const draw = crypto.getRandomValues.bind(crypto);
                  crypto.getRandomValues = (octets) => {
                    draw(octets);
                    if (octets.length === 32) octets[0] = given;
                    return octets;
                  }";
    page.run_with(script, json!(octet)).await.map(drop)
}

/// Milliseconds between the requests of a log.
pub(crate) fn distances(requests: &[&Value]) -> Vec<f64> {
    let time = |request: &Value| request["time"].as_f64().unwrap_or_default();
    requests.windows(2).map(|pair| time(pair[1]) - time(pair[0])).collect()
}
