//! A second sign-in over the first replaces all of it: access, refresh and ID token, expiry and scope; what the new grant
//! lacks is absent, and nothing of the first comes back, with and without a reload (E11, F2).

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::shortcut::{sign_in_here, start_over};
use crate::steps::{open_app, quiet, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it reads the stored record, which is encrypted there");

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    sign_in_here(trial, &page, "Ada").await?;
    let (first, first_token) = stored(&page).await?;
    assert_eq!((&first["scope"], &first["refresh"].is_string()), (&json!("openid profile email"), &true));

    // The same person again, in another scope, for a shorter time, and without a refresh token.
    trial.server.reset().await?;
    let mut narrow = quiet();
    narrow["scope"] = json!("openid");
    start_over(&page, narrow.clone()).await?;
    trial.server.fail("token", json!({ "remove": ["refresh_token"], "set": { "expires_in": 120 } })).await?;
    sign_in_here(trial, &page, "Ada").await?;
    let (second, second_token) = stored(&page).await?;
    assert_ne!(second_token, first_token);
    for member in ["grant", "idToken", "access", "claims", "scope", "signedIn"] {
        assert_ne!(second[member], first[member], "{member} is the first sign-in's");
    }
    assert_eq!((&second["scope"], &second["refresh"]), (&json!("openid"), &Value::Null));
    let lifetime = |record: &Value| {
        let at = |member: &str| record["access"][member].as_i64().unwrap_or_default();
        at("expires") - at("obtained")
    };
    assert_eq!((lifetime(&first), lifetime(&second)), (300_000, 120_000));
    let shown = page.run("return plain(auth.state.session)").await?;
    assert_eq!((&shown["scope"], &shown["claims"]["name"]), (&json!(["openid"]), &Value::Null), "{shown}");

    // Neither the first one's refresh token nor its access token is used again.
    trial.server.reset().await?;
    let refused = page.rejection_of("return await auth.getAccessToken({ forceRefresh: true })").await?;
    assert_eq!(refused["code"], "no_refresh_token");
    assert_eq!(page.run("return await auth.getAccessToken()").await?, second_token);
    page.reload().await?;
    start(&page, narrow).await?;
    assert_eq!(page.run("return await auth.getAccessToken()").await?, second_token);
    assert!(trial.server.log().await?.to("token").is_empty());
    Ok(())
}

/// The only record, and the token that is handed out.
async fn stored(page: &Page) -> Result<(Value, Value), crate::Error> {
    let script = "const { databases, local } = await traces();
        const records = databases.flatMap(([, rows]) => rows).filter(([key]) => key.includes(':session:'));
        const [[key, text], ...others] = records;
        const views = Object.values(local).map((view) => JSON.parse(view).token);
        const one = others.length === 0 && views.length === 1 && !(key in local);
        if (!one || views[0] !== JSON.parse(text).access.token) throw new Error('not one record, and its token in the view');
        return [JSON.parse(text), await auth.getAccessToken()]";
    let mut seen = page.run(script).await?;
    Ok((seen[0].take(), seen[1].take()))
}
