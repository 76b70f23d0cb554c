//! MCP servers that nobody has configured: found, registered at, signed in to with a click, asked with more scope where they want
//! it, and kept signed in over eight tabs, with the client of the MCP SDK.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::engines::Engine;
use crate::page::Page;
use crate::server::Log;
use crate::steps::log_in_at;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

/// In one engine, for its length: what engines differ in here, popups, locks and storages, has stories of its own.
pub(crate) const SCENARIO: Scenario = Scenario::everywhere(6, |trial| Box::pin(run(trial)))
    .waiting()
    .bounded(Duration::from_secs(600))
    .only_in(&[Engine::Chromium])
    .not_in_a_worker("instances for servers are pages' own; the client in a worker has stories of its own");

const TABS: usize = 8;

/// Expiries that eight tabs cross: `KEYWARD_MCP_EXPIRIES=25` for all that the documentation counts.
fn expiries() -> u64 {
    std::env::var("KEYWARD_MCP_EXPIRIES").ok().and_then(|count| count.parse().ok()).unwrap_or(2)
}

async fn run(trial: &Trial) -> Outcome {
    let world = World::start(trial, json!({})).await?;
    let page = trial.browser.first_tab();
    whoever_is_unknown_is_registered_and_signs_in(trial, &world, &page).await?;
    more_scope_is_asked_for_once(trial, &world, &page).await?;
    eight_tabs_share_every_renewal(trial, &world, page).await?;
    a_document_stands_for_a_registration(trial).await?;
    what_a_page_may_not_read_is_explained(trial).await?;
    if std::env::var_os("KEYWARD_MCP_EXPIRIES").is_some() {
        the_sdk_alone_is_counted(trial).await?;
    }
    Ok(())
}

struct World {
    app: String,
    server: Value,
    issuer: String,
}

impl World {
    async fn start(trial: &Trial, settings: Value) -> Result<Self, Error> {
        let addresses = trial.server.start_mcp(&settings).await?;
        let text = |name: &str| addresses[name].as_str().unwrap_or_default().to_owned();
        Ok(Self { app: text("app"), server: addresses["server"].clone(), issuer: text("issuer") })
    }

    /// The app in this tab, and the status that it starts with.
    async fn open(&self, page: &Page, options: Value) -> Result<Value, Error> {
        page.open(&format!("{}/", self.app)).await?;
        page.wait_for("return document.documentElement.dataset.ready").await?;
        page.run_with("return await provide(given.server, given.options)", json!({ "server": self.server, "options": options })).await
    }

    async fn connect(&self, page: &Page) -> Outcome {
        page.begin(&format!("return await connect({})", self.server)).await
    }

    /// Clicks the app's button, and signs in in the popup.
    async fn sign_in(&self, trial: &Trial, page: &Page) -> Outcome {
        page.wait_for("return document.querySelector('#sign-in')").await?;
        let popup = trial.browser.window_opened_by(page.click("#sign-in")).await?;
        log_in_at(&popup, &self.issuer, "Ada").await
    }
}

async fn whoever_is_unknown_is_registered_and_signs_in(trial: &Trial, world: &World, page: &Page) -> Outcome {
    assert_eq!(world.open(page, json!({})).await?, "unknown");
    world.connect(page).await?;
    world.sign_in(trial, page).await?;
    assert_eq!(page.finish().await?, json!(["whoami", "change"]));
    assert_eq!(page.run("return await call('whoami')").await?, "ada mcp:read");
    assert_eq!(page.run("return reasons").await?, json!([["signed_out", "mcp:read offline_access"]]));

    let (calls, log) = trial.server.mcp().await?;
    let refused: Vec<_> = calls.iter().filter(|call| call["status"] == 401).collect();
    assert_eq!(refused.len(), 1, "{calls:?}");
    assert_eq!(refused[0]["came"], false, "a token came along that is not this server's");
    let registered = requests_to(&log, "/reg", "POST");
    assert_eq!((registered.len(), &registered[0]["status"]), (1, &json!(201)), "{}", log.text());
    let asked = log.to("authorization")[0];
    assert_eq!(asked["query"]["resource"], world.server, "{asked}");
    assert_eq!(asked["query"]["code_challenge_method"], "S256");
    assert_eq!(asked["query"]["client_id"], calls.last().map_or(Value::Null, |call| call["client"].clone()));
    assert_eq!(log.to("token")[0]["form"]["resource"], world.server, "{}", log.text());
    assert_eq!(log.to("token")[0]["form"].get("client_secret"), None);
    Ok(())
}

async fn more_scope_is_asked_for_once(trial: &Trial, world: &World, page: &Page) -> Outcome {
    trial.server.change_mcp(&json!({})).await?;
    page.begin("return await call('change')").await?;
    page.wait_for("return document.querySelector('#sign-in')").await?;
    // The provider knows who it is, so the popup comes back by itself.
    page.click("#sign-in").await?;
    assert_eq!(page.finish().await?, "ada mcp:read mcp:write");
    assert_eq!(page.run("return reasons.at(-1)").await?, json!(["insufficient_scope", "mcp:read offline_access mcp:write"]));
    let (calls, log) = trial.server.mcp().await?;
    let answers: Vec<_> = calls.iter().map(|call| (&call["tool"], &call["status"])).collect();
    assert_eq!(answers, [(&json!("change"), &json!(403)), (&json!("change"), &json!(200))]);
    assert_eq!((requests_to(&log, "/reg", "POST").len(), log.to("authorization").len()), (0, 1), "{}", log.text());
    assert_eq!(log.to("authorization")[0]["query"]["scope"], "mcp:read offline_access mcp:write");
    assert_eq!(world.server, log.to("authorization")[0]["query"]["resource"]);
    Ok(())
}

async fn eight_tabs_share_every_renewal(trial: &Trial, world: &World, first: Page) -> Outcome {
    let mut tabs = vec![first];
    while tabs.len() < TABS {
        let tab = trial.browser.new_tab().await?;
        assert_eq!(world.open(&tab, json!({})).await?, "signed_in");
        world.connect(&tab).await?;
        assert_eq!(tab.finish().await?, json!(["whoami", "change"]));
        tabs.push(tab);
    }
    trial.server.change_mcp(&json!({})).await?;
    let time = 6_000 * expiries() + 1_000;
    let end = tabs[0].run_with("return Date.now() + given", json!(time)).await?;
    for tab in &tabs {
        tab.begin(&format!("return await callUntil({end}, 500)")).await?;
    }
    let mut answered = 0;
    for tab in &tabs {
        tab.wait_up_to(Duration::from_millis(time + 20_000), "return window.begun").await?;
        let met = tab.finish().await?;
        assert_eq!(met["failed"], json!([]), "{met}");
        answered += met["answered"].as_u64().unwrap_or_default();
        assert_eq!(tab.run("return [reasons.length, problems]").await?[1], json!([]));
    }
    let (calls, log) = trial.server.mcp().await?;
    // What a browser's tabs do one after the other would be told apart by the provider: each token was used once.
    let presented: BTreeSet<String> = log.refreshes().iter().map(|request| request["form"]["refresh_token"].to_string()).collect();
    let (refreshes, tokens) = (log.refreshes().len(), log.to("token").len());
    assert_eq!((presented.len(), refreshes), (refreshes, tokens), "{}", log.text());
    // A token is renewed when half of such a short life is over, if somebody asks for it then.
    let most = usize::try_from(time / 3_000).unwrap_or_default() + 2;
    assert!((1..=most).contains(&refreshes), "{refreshes} refreshes for {} expiries:\n{}", expiries(), log.text());
    assert!(log.to("token").iter().all(|request| request["status"] == 200), "{}", log.text());
    assert!(log.refreshes().iter().all(|request| request["form"]["resource"] == world.server), "{}", log.text());
    // A token may expire on its way. It is not sent a second time, and no call fails by that.
    let late = calls.iter().filter(|call| call["status"] == 401).count();
    assert!(late <= TABS * refreshes, "{late} answers of 401: {calls:?}");
    assert!(calls.iter().all(|call| call["status"] == 200 || call["status"] == 401), "{calls:?}");
    println!("mcp: {TABS} tabs, {} expiries: {answered} calls answered, 0 failed, {refreshes} refreshes, {late} answers of 401", expiries());
    Ok(())
}

async fn a_document_stands_for_a_registration(trial: &Trial) -> Outcome {
    let world = World::start(trial, json!({ "registers": false, "documents": true })).await?;
    let page = trial.browser.new_tab().await?;
    let id = "https://app.example/oauth/client.json";
    assert_eq!(world.open(&page, json!({ "clientId": id })).await?, "unknown");
    world.connect(&page).await?;
    world.sign_in(trial, &page).await?;
    assert_eq!(page.finish().await?, json!(["whoami", "change"]));
    let (calls, log) = trial.server.mcp().await?;
    assert_eq!(calls.last().map(|call| &call["client"]), Some(&json!(id)));
    assert_eq!(log.to("authorization")[0]["query"]["client_id"], id);
    assert_eq!(requests_to(&log, "/reg", "POST").len(), 0);

    // A server that refuses a token which is valid has it renewed once, and does not make anybody sign in by itself.
    trial.server.change_mcp(&json!({ "refuses": true })).await?;
    page.begin("return await call('whoami').catch((error) => String(error.message))").await?;
    page.finish().await?;
    let (_, log) = trial.server.mcp().await?;
    assert_eq!((log.refreshes().len(), log.to("authorization").len()), (1, 0), "{}", log.text());
    Ok(())
}

async fn what_a_page_may_not_read_is_explained(trial: &Trial) -> Outcome {
    // Without the header the well-known address is tried.
    let world = World::start(trial, json!({ "exposes": false })).await?;
    let page = trial.browser.new_tab().await?;
    world.open(&page, json!({ "silent": true })).await?;
    let refused = page.rejection_of(&format!("return await connect({})", world.server)).await?;
    assert_eq!((&refused["code"], &refused["isAuthError"]), (&json!("login_required"), &json!(true)), "{refused}");
    // And where it is not there either, the error says what to set.
    let world = World::start(trial, json!({ "exposes": false, "hidesMetadata": true, "registers": false })).await?;
    world.open(&page, json!({ "silent": true })).await?;
    let refused = page.rejection_of(&format!("return await connect({})", world.server)).await?;
    assert_eq!(refused["code"], "discovery_failed");
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(message.contains("Access-Control-Expose-Headers: WWW-Authenticate"), "{message}");
    let (_, log) = trial.server.mcp().await?;
    assert!(log.to("authorization").is_empty(), "{}", log.text());
    Ok(())
}

/// What the documentation has beside ours: the SDK's own flow with everything in localStorage. Nothing is asserted of it.
async fn the_sdk_alone_is_counted(trial: &Trial) -> Outcome {
    let world = World::start(trial, json!({})).await?;
    let first = trial.browser.new_tab().await?;
    first.open(&format!("{}/", world.app)).await?;
    first.wait_for("return document.documentElement.dataset.ready").await?;
    first.begin(&format!("window.leaves = true; return await connectAlone({})", world.server)).await?;
    log_in_at(&first, &world.issuer, "Ada").await?;
    first.wait_for_url(&world.app).await?;
    let connect = format!("return await connectAlone({}, new URLSearchParams(location.search).get('code'))", world.server);
    first.wait_for("return document.documentElement.dataset.ready").await?;
    first.run(&connect).await?;
    let mut tabs = vec![first];
    while tabs.len() < TABS {
        let tab = trial.browser.new_tab().await?;
        tab.open(&format!("{}/", world.app)).await?;
        tab.wait_for("return document.documentElement.dataset.ready").await?;
        tab.run(&format!("return await connectAlone({})", world.server)).await?;
        tabs.push(tab);
    }
    trial.server.change_mcp(&json!({})).await?;
    let rounds = expiries().min(10);
    let time = 6_000 * rounds + 1_000;
    let end = tabs[0].run_with("return Date.now() + given", json!(time)).await?;
    for tab in &tabs {
        tab.begin(&format!("return await callUntil({end}, 500)")).await?;
    }
    let (mut answered, mut failed) = (0, 0);
    for tab in &tabs {
        tab.wait_up_to(Duration::from_millis(time + 20_000), "return window.begun").await?;
        let met = tab.finish().await?;
        answered += met["answered"].as_u64().unwrap_or_default();
        failed += met["failed"].as_array().map_or(0, Vec::len);
    }
    let (calls, log) = trial.server.mcp().await?;
    let late = calls.iter().filter(|call| call["status"] == 401).count();
    let refused = log.refreshes().iter().filter(|request| request["status"] != 200).count();
    println!(
        "mcp, the SDK alone: {TABS} tabs, {rounds} expiries: {answered} calls answered, {failed} failed, {} refreshes, {refused} of them \
         refused, {late} answers of 401",
        log.refreshes().len()
    );
    Ok(())
}

fn requests_to<'a>(log: &'a Log, path: &str, method: &str) -> Vec<&'a Value> {
    log.0.iter().filter(|request| request["path"] == path && request["method"] == method).collect()
}
