//! `isolation: "worker"` with `exposeAccessToken: false`: requests to APIs have the token, the page never does. Whatever
//! it can look at, stores, globals and objects of the package, holds neither that token nor a refresh token.

use serde_json::{Value, json};

use super::requests_to_apis_carry_the_token_where_they_may::answers_arrive_in_parts;
use crate::steps::{open_app, sign_in};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let config = json!({ "isolation": "worker", "exposeAccessToken": false, "allowedOrigins": "api" });
    open_app(trial, &page, config.clone()).await?;
    sign_in(trial, &page, "Ada Lovelace", config).await?;

    // The API sees the token, the page sees the answer.
    let script = "const response = await auth.fetch(`${api}/echo?q=1`, { method: 'POST', body: 'hello', headers: { 'X-Own': 'yes' } });
        const type = response.headers.get('content-type');
        return { status: response.status, ok: response.ok, url: response.url, type, body: await response.json(), api }";
    let answer = page.run(script).await?;
    assert_eq!((&answer["status"], &answer["ok"]), (&json!(200), &json!(true)), "{answer}");
    assert_eq!(answer["url"], json!(format!("{}/echo?q=1", answer["api"].as_str().unwrap_or_default())));
    let heard = page.run("return await (await fetch(`${api}/log`)).json()").await?;
    let issued = issued(trial, 0).await?;
    assert_eq!((&heard[0]["method"], &heard[0]["scheme"]), (&json!("POST"), &json!("Bearer")), "{heard}");
    assert!(issued[0].ends_with(heard[0]["token"].as_str().unwrap_or("none")), "{heard} {issued:?}");

    // A token that is refused is renewed there, once.
    let renewed = page.run("return (await auth.fetch(`${api}/refuse/1/here`)).status").await?;
    assert_eq!((renewed, server.log().await?.refreshes().len()), (json!(200), 1));
    // Elsewhere it is plain fetch.
    let plain = page.run("await auth.fetch(`${elsewhere}/echo`); return await (await fetch(`${elsewhere}/log`)).json()").await?;
    assert_eq!(plain[0]["scheme"], Value::Null, "{plain}");
    for (call, code) in [
        ("fetch(`${elsewhere}/echo`, { signal: AbortSignal.abort() })", "aborted"),
        ("fetch(`${api}/echo`, { signal: AbortSignal.abort() })", "aborted"),
        ("fetch(elsewhere.replace(/\\d+$/, '9'))", "network"),
        ("fetch(`${api}/echo`, { method: 'GET', body: 'no' })", "invalid_argument"),
    ] {
        let refused = page.rejection_of(&format!("return await auth.{call}")).await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!(code)), "{call}");
    }
    answers_arrive_in_parts(&page, "await reader.cancel()").await?;
    for call in ["getAccessToken()", "getAuthHeaders({ url: api })"] {
        let refused = page.rejection_of(&format!("return await auth.{call}")).await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("unsupported")), "{call}");
    }

    // Looking at every getter there is makes trouble of its own.
    assert_eq!(page.run("return problems").await?, json!([]));
    // What the provider issued is nowhere to be found.
    let tokens: Vec<String> = [issued, self::issued(trial, 1).await?].concat();
    assert_eq!(tokens.len(), 4, "two access tokens and two refresh tokens: {tokens:?}");
    let found = page.run_with(FIND, json!(tokens)).await?;
    assert_eq!(found["found"], json!([]));
    assert!(found["looked"].as_u64() > Some(200), "{found}");
    assert_eq!(found["modules"], json!([]), "the page has loaded the module itself");
    Ok(())
}

/// The digests of the access token and the refresh token that the nth token response held.
async fn issued(trial: &Trial, nth: usize) -> Result<Vec<String>, Error> {
    let log = trial.server.log().await?;
    let response = log.to("token").get(nth).copied().ok_or("no such token response")?.clone();
    let digest = |name: &str| response["issued"][name].as_str().map(str::to_owned).ok_or("nothing was issued");
    Ok(vec![digest("access_token")?, digest("refresh_token")?])
}

/// Looks at every string that can be reached, and at every part of one that could be a token.
const FIND: &str = "
    const texts = new Set([JSON.stringify(await dumpStores())]);
    const seen = new Set();
    const look = (value, depth) => {
      if (typeof value === 'string') texts.add(value);
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 6) return;
      seen.add(value);
      for (const name of Reflect.ownKeys(value)) {
        try { look(value[name], depth + 1); } catch {}
      }
    };
    look(window, 0);
    look(auth, 0);
    const parts = new Set([...texts].flatMap((text) => text.match(/[\\w.~+-]{20,}/g) ?? []));
    const found = [];
    for (const part of parts) {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(part)));
      const hex = [...hash].map((octet) => octet.toString(16).padStart(2, '0')).join('').slice(0, 12);
      if (given.includes(`${part.length}:${hex}`)) found.push(hex);
    }
    const modules = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.wasm'));
    return { found, looked: texts.size, modules }";
