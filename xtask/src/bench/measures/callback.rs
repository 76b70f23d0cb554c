//! From the authorization response in the URL to a token in hand.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Section, in_rounds};
use crate::bench::sdk::Sdk;
use crate::bench::series::Series;
use crate::bench::stage::{Cache, Conditions, Network, Stage, relax};

const VISITOR: &str = "returning";

const SCENARIOS: [(&str, &str, Cache, Network); 3] = [
    ("callback/slow-4g/warm", "slow 4G, warm", Cache::Warm, Network::Slow4g),
    ("callback/slow-4g/cold", "slow 4G, cold", Cache::Cold, Network::Slow4g),
    ("callback/loopback/warm", "loopback, warm", Cache::Warm, Network::Loopback),
];

pub(crate) fn measure(stage: &mut Stage, sdks: &[Sdk]) -> Result<Section> {
    let mut series: Vec<Series> = SCENARIOS.iter().map(|(id, title, ..)| Series::new(*id, *title, "ms")).collect();
    for sdk in sdks {
        for _ in 0..2 {
            stage.trying("a first sign-in", |stage| {
                forget(stage, Cache::Warm, *sdk)?;
                stage.sign_in(Cache::Warm, *sdk, VISITOR, "ada")
            })?;
        }
    }
    stage.control("set", &json!({ "hold": true }))?;
    let measured = in_rounds(stage, sdks, &mut series, |stage, number, sdk| {
        let (_, _, cache, network) = *SCENARIOS.get(number).context("no such scenario")?;
        forget(stage, cache, sdk)?;
        let origin = stage.origin(sdk, VISITOR)?;
        let browser = stage.browser(cache);
        browser.navigate(&format!("{origin}/?sign-in=ada"))?;
        // The provider's page shows the way back, instead of going it, so that the way can be measured by itself.
        let held = "return document.title === 'held' ? back : null";
        let back = browser.wait_for(held, Duration::from_secs(20))?;
        let back = back.as_str().context("the provider did not say where to go")?;
        let loaded = stage.load_here(back, Conditions { cache, network, slowdown: 1 })?;
        ensure!(loaded.token.is_some(), "no token after the callback");
        Ok(loaded.at)
    });
    stage.control("set", &json!({ "hold": false }))?;
    measured?;
    Ok(Section {
        title: "Callback",
        about: String::from(
            "From the navigation that brings the authorization response to an access token in hand. Warm: the app was in the \
             browser's cache, as it is when the user left from it. What an SDK asks its provider for on the way (metadata, \
             keys, the token) is part of it; Keyward, oidc-client-ts, auth0-spa-js and okta-auth-js read the ID token, but \
             only Keyward and okta-auth-js ask for the provider's keys and verify its signature.",
        ),
        series,
        unlisted: Vec::new(),
        text: String::new(),
    })
}

/// A visitor as if for the first time, with the browser's cache left alone.
fn forget(stage: &mut Stage, cache: Cache, sdk: Sdk) -> Result<()> {
    let origin = stage.origin(sdk, VISITOR)?;
    let browser = stage.browser(cache);
    relax(browser)?;
    browser.navigate("about:blank")?;
    // No cookies: they are the host's, and so of every visitor.
    let what = json!({ "origin": origin, "storageTypes": "local_storage,indexeddb" });
    browser.cdp("Storage.clearDataForOrigin", what).map(drop)
}
