//! An app's own database (www/linked-accounts): after every step the account's row has exactly the newest grant's access
//! token or none, nobody else's row has changed, and no refresh token was ever sent there.

use serde_json::{Value, json};

use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::log_in_at_the_provider;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it is about another app, whose client is in its page");

const SIGN_OUT: &str = "await auth.signOut({ provider: 'fern', subject: given, mode: 'local' }); await settled()";
const RENEW: &str = "return auth.getAccessToken({ provider: 'fern', subject: given, forceRefresh: true })";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    let app = format!("{}/", trial.server.start_linked_accounts().await?);
    page.open(&app).await?;
    assert_eq!(rows(trial).await?, json!([]));

    // In.
    sign_in(trial, &page, &app, "Ada Lovelace").await?;
    let first = token(&page, "ada-lovelace").await?;
    let ada = becomes(trial, "ada-lovelace", &first).await?;
    assert!(!ada["expiresAt"].is_null());
    assert_eq!(rows(trial).await?.as_array().map(Vec::len), Some(1));

    // Out: the token and its expiry go, the row stays.
    page.run_with(SIGN_OUT, json!("ada-lovelace")).await?;
    let gone = becomes(trial, "ada-lovelace", &Value::Null).await?;
    assert_eq!((&gone["expiresAt"], &gone["id"]), (&Value::Null, &ada["id"]));
    // A request that comes late does not bring it back.
    assert_eq!(ask(&page, "PUT", &first).await?["body"]["stored"], false);
    becomes(trial, "ada-lovelace", &Value::Null).await?;

    // In again as the same: the same row, another token.
    sign_in(trial, &page, &app, "Ada Lovelace").await?;
    let second = token(&page, "ada-lovelace").await?;
    assert_ne!(second, first);
    let ada = becomes(trial, "ada-lovelace", &second).await?;
    assert_eq!(ada["id"], gone["id"]);
    // The sign-out of the grant before is over, however often it is told.
    assert_eq!(ask(&page, "DELETE", &first).await?["body"]["cleared"], false);
    assert_eq!(row(trial, "ada-lovelace").await?, ada);

    // As another user: a row of her own, and Ada's to the letter as it was.
    sign_in(trial, &page, &app, "Grace Hopper").await?;
    let hers = token(&page, "grace-hopper").await?;
    let grace = becomes(trial, "grace-hopper", &hers).await?;
    assert_eq!(row(trial, "ada-lovelace").await?, ada);

    // Refreshed in another tab: both tell of it, and the row has the new one.
    let other = trial.browser.new_tab().await?;
    other.open(&app).await?;
    ready(&other).await?;
    // Tokens say in whole seconds when they were issued; of two of one second, the server takes the one that comes last.
    other.run("await new Promise((later) => setTimeout(later, 1_100))").await?;
    let third = other.run_with(RENEW, json!("ada-lovelace")).await?;
    assert_ne!(third, second);
    becomes(trial, "ada-lovelace", &third).await?;
    for page in [&page, &other] {
        page.wait_for("return auth.state.sessions.length === 2").await?;
        // What another tab has renewed arrives when it is heard of.
        let probe = || async { Ok((token(page, "ada-lovelace").await? == third).then_some(())) };
        wait_until(PATIENCE, "the token that the other tab has", probe).await?;
        page.run("await settled()").await?;
    }
    let ada = becomes(trial, "ada-lovelace", &third).await?;
    assert_eq!(row(trial, "grace-hopper").await?, grace);
    // Neither the older token nor the same one a second time changes anything.
    assert_eq!(ask(&page, "PUT", &second).await?["body"]["stored"], false);
    assert_eq!(ask(&page, "PUT", &third).await?["body"]["stored"], true);
    assert_eq!(row(trial, "ada-lovelace").await?, ada);

    // Who cannot prove who they are changes nothing, and learns nothing.
    let forged = forgeries(&page, &third).await?;
    assert_eq!(forged.len(), 4);
    for forged in forged {
        for method in ["GET", "PUT", "DELETE"] {
            assert_eq!(ask(&page, method, &forged).await?["status"], 401, "{method} {forged}");
        }
    }
    assert_eq!(rows(trial).await?, json!([ada, grace]));

    // Out in the other tab: hers stays.
    other.run_with(SIGN_OUT, json!("ada-lovelace")).await?;
    becomes(trial, "ada-lovelace", &Value::Null).await?;
    page.wait_for("return auth.state.sessions.length === 1").await?;
    page.run("await settled()").await?;
    becomes(trial, "ada-lovelace", &Value::Null).await?;
    assert_eq!(row(trial, "grace-hopper").await?, grace);
    assert_eq!(token(&page, "grace-hopper").await?, hers);

    // An access token is all that ever left the browser for the server.
    let seen = trial.server.linked_accounts().await?;
    let received = seen["received"].as_array().ok_or("a list of requests")?;
    assert!(received.len() > 20, "{} requests", received.len());
    for request in received {
        let parts = request["token"].as_str().unwrap_or_default().split('.').count();
        assert!(request["body"] == "" && parts == 3, "{request}");
    }
    Ok(())
}

async fn sign_in(trial: &Trial, page: &Page, app: &str, name: &str) -> Outcome {
    ready(page).await?;
    page.begin("await auth.signIn({ prompt: 'login' })").await?;
    log_in_at_the_provider(trial, page, name).await?;
    page.wait_for_url(app).await?;
    ready(page).await?;
    page.run("await settled()").await.map(drop)
}

async fn ready(page: &Page) -> Outcome {
    page.wait_for("return document.documentElement.dataset.ready").await.map(drop)
}

/// The account's token as the page has it.
async fn token(page: &Page, subject: &str) -> Result<Value, Error> {
    page.run_with("return auth.getAccessToken({ provider: 'fern', subject: given })", json!(subject)).await
}

async fn rows(trial: &Trial) -> Result<Value, Error> {
    Ok(trial.server.linked_accounts().await?["rows"].take())
}

async fn row(trial: &Trial, subject: &str) -> Result<Value, Error> {
    let rows = rows(trial).await?;
    let mut of_subject = rows.as_array().into_iter().flatten().filter(|row| row["providerAccountId"] == subject);
    let row = of_subject.next().cloned().unwrap_or_default();
    assert!(of_subject.next().is_none(), "one row for each account: {rows}");
    Ok(row)
}

/// Waits until the account's row has that token.
async fn becomes(trial: &Trial, subject: &str, token: &Value) -> Result<Value, Error> {
    let probe = || async {
        let row = row(trial, subject).await?;
        Ok((row.is_object() && row["accessToken"] == *token).then_some(row))
    };
    wait_until(PATIENCE, &format!("the row of {subject} with {token}"), probe).await
}

/// What the server answers to that token.
async fn ask(page: &Page, method: &str, token: &Value) -> Result<Value, Error> {
    let script = "const [method, token] = given;
        const options = { method, headers: { authorization: 'Bearer ' + token } };
        const response = await fetch('/api/linked-account', options);
        return { status: response.status, body: await response.json() }";
    page.run_with(script, json!([method, token])).await
}

/// Tokens that are not the provider's for this API: changed claims, no signature, a key of their own, an ID token's type.
async fn forgeries(page: &Page, token: &Value) -> Result<Vec<Value>, Error> {
    let script = "const [header, payload, signature] = given.split('.');
        const decode = (part) => JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')));
        const encode = (octets) => btoa(octets).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        const write = (value) => encode(JSON.stringify(value));
        const grace = write({ ...decode(payload), sub: 'grace-hopper' });
        const key = await crypto.subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048,
          publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' }, true, ['sign', 'verify']);
        const sign = async (input) => encode(String.fromCharCode(...new Uint8Array(
          await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, new TextEncoder().encode(input)))));
        const plain = write({ ...decode(header), typ: 'JWT' });
        return [
          [header, grace, signature].join('.'),
          [write({ alg: 'none', typ: 'at+jwt' }), grace, ''].join('.'),
          [header, grace, await sign(header + '.' + grace)].join('.'),
          [plain, payload, signature].join('.'),
        ]";
    match page.run_with(script, token.clone()).await? {
        Value::Array(forged) => Ok(forged),
        other => Err(format!("no forgeries: {other}").into()),
    }
}
