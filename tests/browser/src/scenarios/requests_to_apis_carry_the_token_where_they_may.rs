//! `fetch` and `getAuthHeaders`: the token goes to allowed origins, not past them on a redirect; a refused token is renewed
//! and the request repeated with its body; streams, aborts and step-up challenges come to what the contract says.

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, quiet, sign_in};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

/// What the page sees, and what both APIs received.
const SEEN: &str = "let outcome;
    try {
        const response = await eval_(given);
        outcome = { status: response.status, redirected: response.redirected, body: await response.text() };
    } catch (error) {
        outcome = { rejection: describe(error), cause: error.cause?.name ?? null };
    }
    return { ...outcome, api: await received(api), elsewhere: await received(elsewhere) };";

async fn seen(page: &Page, call: &str) -> Result<Value, Error> {
    page.run(&SEEN.replace("eval_(given)", call)).await
}

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    let config = json!({ "allowedOrigins": "api", "autoRefresh": false });
    open_app(trial, &page, config.clone()).await?;
    let nobody = seen(&page, "auth.fetch(api + '/echo')").await?;
    assert_eq!(nobody["rejection"]["code"], "login_required", "{nobody}");
    assert_eq!(nobody["api"], json!([]));
    sign_in(trial, &page, "Ada", config).await?;

    the_token_goes_to_allowed_origins(&page).await?;
    a_refused_token_is_renewed(trial, &page).await?;
    redirects_leave_the_token_behind(&page).await?;
    failures_are_typed(trial, &page).await?;
    answers_arrive_in_parts(&page, "stop.abort()").await?;

    // Nothing is sent anywhere unless the app allows it.
    page.run("auth.close()").await?;
    open_app(trial, &page, quiet()).await?;
    let refused = page.rejection_of("return await auth.getAuthHeaders({ url: api })").await?;
    assert_eq!(refused["code"], "invalid_argument");
    let plain = seen(&page, "auth.fetch(api + '/echo')").await?;
    assert_eq!(plain["api"][0]["scheme"], Value::Null, "{plain}");
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

async fn the_token_goes_to_allowed_origins(page: &Page) -> Outcome {
    let there = "auth.fetch(new URL('/echo?x=1#y', api), { method: 'put', headers: { 'X-Own': '1' }, body: 'text' })";
    let there = seen(page, there).await?;
    let expected = json!({ "method": "PUT", "scheme": "Bearer", "own": "1", "type": "text/plain", "body": "text" });
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(there["api"][0][member], *value, "{there}");
    }
    let digest = "const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(await auth.getAccessToken()));
        return [...new Uint8Array(digest)].map((octet) => octet.toString(16).padStart(2, '0')).join('').slice(0, 12)";
    assert_eq!(there["api"][0]["token"], page.run(digest).await?);

    // The app's own Authorization header is not what it asked this function for.
    let overwritten = seen(page, "auth.fetch(api + '/echo', { headers: { authorization: 'Bearer mine' } })").await?;
    assert_eq!(overwritten["api"][0]["token"], there["api"][0]["token"]);

    let own = "auth.fetch(elsewhere + '/echo', { headers: { authorization: 'Basic b3du' } })";
    assert_eq!(seen(page, own).await?["elsewhere"][0]["scheme"], "Basic", "plain fetch elsewhere");
    let plain = seen(page, "auth.fetch(new Request(elsewhere + '/echo', { method: 'POST', body: 'b' }))").await?;
    assert_eq!((&plain["elsewhere"][0]["scheme"], &plain["elsewhere"][0]["body"]), (&Value::Null, &json!("b")));

    let headers = page.run("return await auth.getAuthHeaders({ url: new URL(api), method: 'POST' })").await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    assert_eq!(headers, json!({ "Authorization": format!("Bearer {}", token.as_str().unwrap_or_default()) }));
    for mistake in [
        "{ url: elsewhere }",
        "{ url: location.href }",
        "{ url: api.replace('//', '//user@') }",
        "{ url: 'https://' }",
        "{}",
        "null",
        "{ url: api, method: 'CONNECT' }",
    ] {
        let refused = page.rejection_of(&format!("return await auth.getAuthHeaders({mistake})")).await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("invalid_argument")), "{mistake}");
    }
    Ok(())
}

async fn a_refused_token_is_renewed(trial: &Trial, page: &Page) -> Outcome {
    let bodies = [
        ("undefined", ""),
        ("'text'", "text"),
        ("new URLSearchParams({ a: '1 2' })", "a=1+2"),
        ("new Blob(['blob'])", "blob"),
        ("new TextEncoder().encode('octets')", "octets"),
    ];
    trial.server.reset().await?;
    for (index, (body, sent)) in bodies.iter().enumerate() {
        let calls = [
            format!("auth.fetch(api + '/refuse/1/a{index}', {{ method: 'POST', body: {body} }})"),
            format!("auth.fetch(new Request(api + '/refuse/1/b{index}', {{ method: 'POST', body: {body} }}))"),
        ];
        for call in calls {
            let seen = seen(page, &call).await?;
            assert_eq!(seen["status"], 200, "{call}: {seen}");
            let received = seen["api"].as_array().expect("a list");
            assert_eq!(received.len(), 2, "{call}: {seen}");
            assert!(received.iter().all(|request| request["body"] == *sent), "{call}: {seen}");
            assert_ne!(received[0]["token"], received[1]["token"], "{call}: a new token");
        }
    }
    let form = "auth.fetch(api + '/refuse/1/form', { method: 'POST', body: (() => { const form = new FormData();
        form.append('file', new Blob(['content']), 'name.txt'); return form; })() })";
    let form = seen(page, form).await?;
    assert!(form["api"][1]["body"].as_str().is_some_and(|body| body.contains("content")), "{form}");
    let renewed = trial.server.log().await?.refreshes().len();
    assert_eq!(renewed, 2 * bodies.len() + 1, "one for each");

    // The second refusal is the caller's to see, with its body.
    let twice = seen(page, "auth.fetch(api + '/refuse/2/twice')").await?;
    assert_eq!((&twice["status"], &twice["body"]), (&json!(401), &json!(r#"{"refused":1}"#)));
    assert_eq!(twice["api"].as_array().map(Vec::len), Some(2));

    // Not every browser sends streams, and none does over HTTP/1.1: what counts is that nothing is sent a second time.
    let stream = "auth.fetch(api + '/refuse/1/stream', { method: 'POST', duplex: 'half', body: new Blob(['stream']).stream() })";
    let stream = seen(page, stream).await?;
    assert!(stream["api"].as_array().is_some_and(|received| received.len() <= 1), "{stream}");

    let forbidden = seen(page, "auth.fetch(api + '/status/403')").await?;
    assert_eq!((&forbidden["status"], forbidden["api"].as_array().map(Vec::len)), (&json!(403), Some(1)));
    assert!(trial.server.log().await?.refreshes().len() <= renewed + 2);
    Ok(())
}

async fn redirects_leave_the_token_behind(page: &Page) -> Outcome {
    for status in [302, 307] {
        let call = format!("auth.fetch(api + '/redirect/{status}?to=/echo')");
        let within = seen(page, &call).await?;
        assert_eq!((&within["status"], &within["redirected"]), (&json!(200), &json!(true)), "{within}");
        assert_eq!(within["api"][1]["scheme"], "Bearer", "{within}");
        let call = format!("auth.fetch(api + '/redirect/{status}?to=' + encodeURIComponent(elsewhere + '/refuse/1/r{status}'))");
        let away = seen(page, &call).await?;
        assert_eq!((&away["status"], &away["redirected"]), (&json!(401), &json!(true)), "{away}");
        assert_eq!(away["elsewhere"].as_array().map(Vec::len), Some(1), "{away}");
        assert_eq!((&away["elsewhere"][0]["scheme"], &away["elsewhere"][0]["token"]), (&Value::Null, &json!("")), "{away}");
        assert_eq!(away["api"].as_array().map(Vec::len), Some(1), "what another origin refuses is not repeated: {away}");
    }
    let kept = seen(page, "auth.fetch(api + '/redirect/302?to=/echo', { redirect: 'error' })").await?;
    assert_eq!(kept["rejection"]["code"], "network", "{kept}");
    Ok(())
}

async fn failures_are_typed(trial: &Trial, page: &Page) -> Outcome {
    let url = page.url().await?;
    let step_up = page.rejection_of("return await auth.fetch(api + '/step-up')").await?;
    assert_eq!((&step_up["isAuthError"], &step_up["code"]), (&json!(true), &json!("step_up_required")), "{step_up}");
    let demands = page.run("return await auth.fetch(api + '/step-up').catch(({ stepUp }) => stepUp)").await?;
    assert_eq!(demands, json!({ "acrValues": "gold", "maxAgeSeconds": 60, "scope": null }));
    assert_eq!(page.url().await?, url, "it navigates nowhere");

    trial.server.reset().await?;
    for aborted in [
        "const stop = new AbortController(); setTimeout(() => stop.abort(), 200);
         return await auth.fetch(api + '/slow', { signal: stop.signal })",
        "const stop = new AbortController(); setTimeout(() => stop.abort(), 200);
         return await auth.fetch(new Request(api + '/slow', { signal: stop.signal }))",
        "const stop = new AbortController(); setTimeout(() => stop.abort(), 200);
         return await auth.fetch(api + '/slow', { auth: { signal: stop.signal } })",
        "return await auth.fetch(api + '/echo', { signal: AbortSignal.abort() })",
        "const stop = new AbortController(); setTimeout(() => stop.abort(), 200);
         return await auth.fetch(elsewhere + '/slow', { signal: stop.signal })",
    ] {
        let refused = page.rejection_of(aborted).await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("aborted")), "{aborted}");
    }
    let unanswered = seen(page, "auth.fetch(api.replace(/\\d+$/, '9'))").await?;
    assert_eq!(unanswered["rejection"]["isAuthError"], true, "{unanswered}");
    assert!(["network", "invalid_argument"].contains(&unanswered["rejection"]["code"].as_str().unwrap_or_default()));
    for mistake in [
        "auth.fetch('https://')",
        "auth.fetch(api + '/echo', { method: 'GET', body: 'no' })",
        "auth.fetch(api + '/echo', { mode: 'no-cors' })",
        "auth.fetch(api + '/echo', { auth: { audience: 'x' } })",
        "auth.fetch(api + '/echo', { auth: 'x' })",
    ] {
        let seen = seen(page, mistake).await?;
        assert_eq!(seen["rejection"]["code"], "invalid_argument", "{mistake}: {seen}");
        assert_eq!(seen["api"], json!([]), "{mistake}");
    }
    assert!(trial.server.log().await?.is_empty(), "none of that concerns the provider");
    Ok(())
}

/// Of an answer that the API has begun, the page has what was sent, also while more is to come; and when the page has
/// lost interest, the API learns of it. A body that is cancelled goes on arriving in Firefox, whoever asked for it.
pub(super) async fn answers_arrive_in_parts(page: &Page, disinterest: &str) -> Outcome {
    let whole = page.run(&format!("{READ} return [await next(), await finish(), await next(), await next()]")).await?;
    assert_eq!(whole, json!(["first", 1, "last", null]));
    let aborted = "const failure = next().then(() => 'nothing', ({ name }) => name); stop.abort(); await left();
        return await failure";
    assert_eq!(page.run(&format!("{READ} await next(); {aborted}")).await?, "AbortError");
    page.run(&format!("{READ} await next(); {disinterest}; await left()")).await?;
    // What is short arrives unread.
    let unread = "const answers = [];
        for (let i = 0; i < 12; i++) answers.push(await auth.fetch(api + '/echo'));
        return (await Promise.all(answers.map((answer) => answer.json()))).map(({ path }) => path)";
    assert_eq!(page.run(unread).await?, json!(vec!["/echo"; 12]));
    let begun = page.run("return (await received(api)).filter(({ path }) => path === '/parts')").await?;
    let begun: Vec<_> = begun.as_array().into_iter().flatten().map(|request| &request["scheme"]).collect();
    assert_eq!(begun, ["Bearer"; 3], "each with the token");
    Ok(())
}

const READ: &str = "
    const stop = new AbortController();
    const response = await auth.fetch(api + '/parts', { signal: stop.signal });
    const reader = response.body.getReader();
    const text = new TextDecoder();
    const next = async () => { const { value } = await reader.read(); return value ? text.decode(value) : null; };
    const waiting = async (verb) => (await (await fetch(`${api}/parts/${verb}`)).json()).waiting;
    const finish = () => waiting('last');
    const left = async () => { while ((await waiting('count')) > 0) await new Promise((later) => setTimeout(later, 50)); };";
