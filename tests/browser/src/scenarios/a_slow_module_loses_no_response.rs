//! The module takes its time, and a router navigates meanwhile: the response was taken in the first step of `init`, so
//! nothing is lost, and the address is the router's. Without a router the address is the user's own again (A6).

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::shortcut::begin_sign_in;
use crate::steps::open_app;
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// What Google adds to its answers.
const ADDED: &str = "&scope=email+openid&authuser=0&hd=example.com&prompt=consent";

/// Starts with a module that is on its way for `given.delay`, or does not come the first time; a router navigates.
const START: &str = "
    const { delay = 0, fails, route, config: overrides } = given;
    const own = window.fetch;
    let failures = fails ? 1 : 0;
    window.fetch = async (...request) => {
      if (!String(request[0]?.url ?? request[0]).includes('.wasm')) return own(...request);
      await new Promise((resolve) => setTimeout(resolve, delay));
      if (failures-- > 0) throw new TypeError('no network');
      return own(...request);
    };
    const config = await configuration(overrides ?? {});
    history.replaceState({ router: 1 }, '', location.href);
    const before = location.href;
    const starting = keyward.init(config);
    const atOnce = location.href;
    const navigate = () => history.replaceState(null, '', route);
    if (route && delay) setTimeout(navigate, 400);
    else if (route) navigate();
    let refused = null;
    const auth = await starting.catch((error) => {
      refused = describe(error).code;
      return keyward.init(config);
    });
    window.auth = auth;
    window.fetch = own;
    return { before, atOnce, refused, url: location.href, state: history.state, result: plain(auth.redirectResult),
      status: auth.state.status, again: plain(await auth.handleRedirect()), marks: Object.keys(sessionStorage) }";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, json!({})).await?;
    let app = &server.app;

    // A router that navigates keeps its address.
    // What a worker loads, nobody here can delay.
    let delay = if trial.isolated { 0 } else { 1500 };
    let met = comes_back(trial, &page, "", json!({ "delay": delay, "route": "/home" })).await?;
    assert_eq!(met["atOnce"], json!(format!("{app}/?{}", &ADDED[1..])), "{met}");
    assert_eq!(met["url"], json!(format!("{app}/home")), "{met}");
    assert_signed_in(&met);
    page.run("history.replaceState(null, '', '/')").await?;

    // Without one, the user's own is back, and nothing else; the entry's state is kept.
    let met = comes_back(trial, &page, "?tab=2#part", json!({})).await?;
    assert_eq!(met["url"], json!(format!("{app}/?tab=2#part")), "{met}");
    assert_eq!(met["state"], json!({ "router": 1 }), "{met}");
    assert_signed_in(&met);

    // A module that does not come is said; the next call has the response all the same.
    if !trial.isolated {
        let met = comes_back(trial, &page, "", json!({ "fails": true })).await?;
        assert_eq!((&met["refused"], &met["url"]), (&json!("network"), &json!(format!("{app}/"))), "{met}");
        assert_signed_in(&met);
    }

    // With a callback page of its own.
    let met = comes_back(trial, &page, "?tab=3", json!({ "config": { "restoreUrl": false } })).await?;
    assert_eq!(met["url"], json!(format!("{app}/")), "{met}");
    assert_signed_in(&met);

    // A tab that knows of no sign-in (storage is blocked, or another tab began it): the address is cleaned when the
    // module has found the transaction.
    let response = begin_sign_in(trial, &page, "Ada").await? + ADDED;
    page.run("sessionStorage.clear()").await?;
    page.open(&response).await?;
    let met = start(&page, json!({ "config": {} })).await?;
    assert_eq!(met["atOnce"], met["before"], "{met}");
    assert_eq!(met["url"], json!(format!("{app}/")), "{met}");
    assert_signed_in(&met);

    // Another library's stays, to the last octet.
    for foreign in ["/?code=theirs&state=theirs&x=%20#code=1", "/?code=PROMO", "/?error=access_denied&x"] {
        page.open(&format!("{app}{foreign}")).await?;
        let met = start(&page, json!({ "delay": 100 })).await?;
        assert_eq!(met["url"], json!(format!("{app}{foreign}")), "{met}");
        assert_eq!((&met["result"], &met["again"]), (&Value::Null, &Value::Null), "{met}");
    }
    let log = server.log().await?;
    assert_eq!(log.to("token").len(), if trial.isolated { 4 } else { 5 }, "{}", log.text());
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

/// Signs in from that place, and loads the page that the provider sends the user back to.
async fn comes_back(trial: &Trial, page: &Page, from: &str, how: Value) -> Result<Value, crate::Error> {
    page.run_with("history.replaceState(null, '', '/' + given)", json!(from)).await?;
    let response = begin_sign_in(trial, page, "Ada").await?;
    page.open(&(response + ADDED)).await?;
    start(page, how).await
}

async fn start(page: &Page, how: Value) -> Result<Value, crate::Error> {
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run_with(START, how).await
}

fn assert_signed_in(met: &Value) {
    assert_eq!(met["result"]["error"], Value::Null, "{met}");
    assert_eq!(met["result"]["result"]["session"]["subject"], "ada", "{met}");
    assert_eq!(met["status"], "signed_in", "{met}");
    assert_eq!(met["again"], met["result"], "asked again, the same: {met}");
    assert_eq!(met["marks"], json!([]), "{met}");
}
