//! DPoP and pushed requests at a provider that demands both, with nonces, and at an API with nonces of its own.

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{open_app, sign_in};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

/// The keys that the database holds, as far as a script can look at them.
const KEYS: &str = "const open = indexedDB.open('keyward');
    const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result) });
    const records = database.transaction('records', given ? 'readwrite' : 'readonly').objectStore('records');
    const range = IDBKeyRange.bound('keyward:proof:', 'keyward:proof:\\uffff');
    const rows = await new Promise((resolve) => {
        const all = records.getAll(range);
        all.onsuccess = () => resolve(all.result);
        if (given === 'lose') records.delete(range);
    });
    database.close();
    return await Promise.all(rows.map(async (key) => ({
        type: key.type,
        extractable: key.extractable,
        exported: await crypto.subtle.exportKey('jwk', key).then(() => true, () => false),
        curve: key.algorithm.namedCurve,
    })))";

const RENEW: &str = "return await auth.getAccessToken({ forceRefresh: true })";

fn strict() -> Value {
    json!({ "clientId": "keyward-strict", "dpop": true, "par": true, "allowedOrigins": "api", "autoRefresh": false })
}

async fn keys(page: &Page) -> Result<Value, Error> {
    page.run(KEYS).await
}

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, strict()).await?;
    let signed_in = sign_in(trial, &page, "Ada", strict()).await?;
    assert_eq!(signed_in["state"]["status"], "signed_in", "{signed_in}");

    the_provider_saw_proofs_and_a_reference(trial).await?;
    let key = json!({ "type": "private", "extractable": false, "exported": false, "curve": "P-256" });
    assert_eq!(keys(&page).await?, json!([key]));

    trial.server.reset().await?;
    let first = page.run(RENEW).await?;
    assert_eq!(trial.server.log().await?.refreshes().len(), 1, "the nonce is known");
    page.reload().await?;
    crate::steps::start(&page, strict()).await?;
    assert_ne!(page.run(RENEW).await?, first, "the key is still there after a reload");
    let claims = page.run("return await auth.getUserInfo()").await?;
    assert_eq!(claims["sub"], "ada", "{claims}");

    requests_to_an_api_are_proven(&page).await?;
    keys_that_were_left_behind_do_not_stay_for_ever(&page).await?;
    the_end(trial, &page).await?;
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

async fn the_provider_saw_proofs_and_a_reference(trial: &Trial) -> Outcome {
    let log = trial.server.log().await?;
    let visited = log.to("authorization")[0];
    let mut names: Vec<&String> = visited["query"].as_object().expect("a query").keys().collect();
    names.sort();
    assert_eq!(names, ["client_id", "request_uri"], "{}", log.text());
    let pushed = &log.to("par")[0];
    assert_eq!(pushed["form"]["dpop_jkt"].as_str().map(str::len), Some(43), "{pushed}");
    // The first without a nonce, the second with it: the code is redeemed once.
    let codes = log.token_requests("authorization_code");
    let statuses: Vec<&Value> = codes.iter().map(|request| &request["status"]).collect();
    assert_eq!(statuses, [400, 200], "{}", log.text());
    Ok(())
}

async fn requests_to_an_api_are_proven(page: &Page) -> Outcome {
    let ask = |call: &str| {
        format!("const response = {call}; return {{ status: response.status, body: await response.text(), log: await received(api) }}")
    };
    let first = page.run(&ask("await auth.fetch(api + '/bound/1?x=y#z', { method: 'POST', body: 'text' })")).await?;
    assert_eq!(first["status"], 200, "{first}");
    let log = first["log"].as_array().expect("a list");
    assert_eq!(log.len(), 2, "once without a nonce: {first}");
    assert!(log.iter().all(|request| request["scheme"] == "DPoP" && request["body"] == "text"), "{first}");
    // From here on each answer brings the nonce of the next request.
    for call in [
        "await auth.fetch(new Request(api + '/bound/2', { method: 'PUT', body: 'again' }))",
        "await auth.fetch(api + '/bound/3')",
    ] {
        let next = page.run(&ask(call)).await?;
        assert_eq!((&next["status"], next["log"].as_array().map(Vec::len)), (&json!(200), Some(1)), "{call}: {next}");
    }
    let redirected = page.run(&ask("await auth.fetch(api + '/redirect/302?to=/bound/4')")).await?;
    assert_eq!(redirected["status"], 200, "a proof for where the redirect led: {redirected}");

    let other_means = "const request = new XMLHttpRequest();
        const url = api + '/bound/5?a=b';
        request.open('DELETE', url);
        const headers = await auth.getAuthHeaders({ url, method: 'DELETE' });
        for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
        await new Promise((resolve) => { request.onload = resolve; request.send() });
        return { status: request.status, names: Object.keys(headers), answer: request.responseText }";
    let other = page.run(other_means).await?;
    assert_eq!((&other["status"], &other["names"]), (&json!(200), &json!(["Authorization", "DPoP"])), "{other}");

    page.run("await received(api)").await?;
    let hidden = page.rejection_of("return await auth.fetch(api + '/hidden')").await?;
    assert_eq!((&hidden["isAuthError"], &hidden["code"]), (&json!(true), &json!("invalid_response")), "{hidden}");
    assert!(hidden["message"].as_str().is_some_and(|text| text.contains("Access-Control-Expose-Headers")), "{hidden}");
    assert_eq!(page.run("return (await received(api)).length").await?, 1, "and nothing loops");
    Ok(())
}

/// As a tab with a session of its own leaves them when it is closed: one long ago, one just now.
async fn keys_that_were_left_behind_do_not_stay_for_ever(page: &Page) -> Outcome {
    let leave = "const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
        const half = 180 * 24 * 3_600_000;
        await putRecord(`keyward:proof:${Date.now() - half - 60_000}.old`, key.privateKey);
        await putRecord(`keyward:proof:${Date.now() - half + 600_000}.younger`, key.privateKey)";
    page.run(leave).await?;
    assert_eq!(keys(page).await?.as_array().map(Vec::len), Some(3));
    page.reload().await?;
    crate::steps::start(page, strict()).await?;
    let names = "return (await traces()).databases.flatMap(([, rows]) => rows.map(([key]) => key)).filter((key) => key.includes(':proof:'))";
    let gone = || async { Ok((page.run(names).await?.as_array().map(Vec::len) == Some(2)).then_some(())) };
    wait_until(PATIENCE, "the old key to go", gone).await?;
    let left = page.run(names).await?;
    assert!(left.to_string().contains(".younger") && !left.to_string().contains(".old"), "{left}");
    page.run("await changeRecords((key, value) => key.endsWith('.younger') ? undefined : value)").await?;
    page.run(RENEW).await?;
    Ok(())
}

async fn the_end(trial: &Trial, page: &Page) -> Outcome {
    page.run_with(KEYS, json!("lose")).await?;
    trial.server.reset().await?;
    for _ in 0..3 {
        let lost = page.rejection_of(RENEW).await?;
        assert_eq!(lost["code"], "key_lost", "{lost}");
    }
    assert!(trial.server.log().await?.is_empty(), "nothing is asked for that cannot be had");
    let state = page.run("return plain(auth.state)").await?;
    assert_eq!((&state["status"], &state["session"]["error"]["code"]), (&json!("reauth_required"), &json!("key_lost")));

    // A new sign-in has a new key; signing out leaves none.
    page.begin("await auth.signIn()").await?;
    page.wait_for_url(&format!("{}/?code=", trial.server.app)).await?;
    let again = crate::steps::start(page, strict()).await?;
    assert_eq!(again["state"]["status"], "signed_in", "{again}");
    page.run(RENEW).await?;
    assert_eq!(keys(page).await?.as_array().map(Vec::len), Some(1));
    page.run("await auth.signOut({ mode: 'local' })").await?;
    assert_eq!(keys(page).await?, json!([]));
    Ok(())
}
