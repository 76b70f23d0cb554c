//! `isolation: "worker"` with `exposeAccessToken: false`: requests to APIs have the token, the page never does. Whatever
//! it can look at, stores, globals and objects of the package, holds neither that token nor a refresh token, a code
//! verifier, or a key that could be taken away. In the page itself, a search of the same kind finds them.

use serde_json::{Value, json};

use super::requests_to_apis_carry_the_token_where_they_may::answers_arrive_in_parts;
use crate::shortcut::begin_sign_in;
use crate::steps::open_app;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it is about the worker already");

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let config = json!({ "isolation": "worker", "exposeAccessToken": false, "allowedOrigins": "api" });
    open_app(trial, &page, config.clone()).await?;
    // On the way: the transaction is pending, and the verifier is kept for it.
    let response = begin_sign_in(trial, &page, "Ada Lovelace").await?;
    let pending = page.run(LOOK).await?;
    // Looking at every getter there is makes trouble of its own.
    page.run("problems.length = 0").await?;
    page.run_with("await auth.handleRedirect(given)", json!(response)).await?;
    assert_eq!(page.run("return auth.state.session.subject").await?, "ada-lovelace");

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

    assert_eq!(page.run("return problems").await?, json!([]));
    // What the provider issued, and what the verifier was, is nowhere to be found.
    let log = server.log().await?;
    let verifier = log.to("token")[0]["form"]["code_verifier"].as_str().ok_or("no verifier")?.to_owned();
    let secrets: Vec<String> = [issued, self::issued(trial, 1).await?, vec![verifier]].concat();
    assert_eq!(secrets.len(), 5, "two access tokens, two refresh tokens and a verifier: {secrets:?}");
    for seen in [pending, page.run(LOOK).await?] {
        assert_eq!(found(&seen, &secrets), Vec::<&str>::new());
        assert!(seen["looked"].as_u64() > Some(200), "{seen}");
        assert_eq!(seen["modules"], json!([]), "the page has loaded the module itself");
        assert!(seen["keys"].as_u64() > Some(0) && seen["extractable"] == 0, "{seen}");
    }

    // A search that could find nothing would prove nothing.
    open_app(trial, &page, json!({ "isolation": "page", "namespace": "beside" })).await?;
    server.reset().await?;
    let response = begin_sign_in(trial, &page, "Ada Lovelace").await?;
    let pending = page.run(LOOK).await?;
    page.run_with("await auth.handleRedirect(given)", json!(response)).await?;
    let log = server.log().await?;
    let verifier = log.to("token")[0]["form"]["code_verifier"].as_str().ok_or("no verifier")?.to_owned();
    assert_eq!(found(&pending, &[verifier]).len(), 1);
    assert_eq!(found(&page.run(LOOK).await?, &self::issued(trial, 0).await?).len(), 2);
    Ok(())
}

/// Which of these the page could see.
fn found<'a>(seen: &Value, secrets: &'a [String]) -> Vec<&'a str> {
    let digests: Vec<&str> = seen["digests"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    secrets.iter().map(String::as_str).filter(|secret| digests.contains(secret)).collect()
}

/// The digests of the access token and the refresh token that the nth token response held.
async fn issued(trial: &Trial, nth: usize) -> Result<Vec<String>, Error> {
    let log = trial.server.log().await?;
    let response = log.to("token").get(nth).copied().ok_or("no such token response")?.clone();
    let digest = |name: &str| response["issued"][name].as_str().map(str::to_owned).ok_or("nothing was issued");
    Ok(vec![digest("access_token")?, digest("refresh_token")?])
}

/// Looks at every string that can be reached, and at every part of one that could be a secret; and at the stored keys.
const LOOK: &str = "
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
    const digests = [];
    for (const part of parts) {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(part)));
      const hex = [...hash].map((octet) => octet.toString(16).padStart(2, '0')).join('').slice(0, 12);
      digests.push(`${part.length}:${hex}`);
    }
    const stored = Object.values((await dumpStores()).indexedDB).flatMap((stores) => Object.values(stores).flat());
    const keys = stored.map(([, value]) => value).filter((value) => value instanceof CryptoKey);
    const extractable = keys.filter((key) => key.extractable).length;
    const modules = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.wasm'));
    return { digests, looked: texts.size, modules, keys: keys.length, extractable }";
