//! What an app hands in comes through as `JSON.stringify` and `JSON.parse` would have it, to the last digit and escape:
//! what the provider is asked to approve, and what comes back. So does what the provider says, also after a reload (F1a).

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::Page;
use crate::steps::{log_in_at_the_provider, open_app};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

/// A claim of the provider's own, as its text, in the order that serde_json passes it on in.
const CLAIM: &str = r#"{"a":{"10":0.1,"__proto__":[1e-7,12345678901234568],"keyward:error":["message",{}]},"deep":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0.00012]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"z":52.520008}"#;

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    server.change_profile("ada-lovelace", json!({ "given_name": serde_json::from_str::<Value>(CLAIM)? })).await?;
    // With authorization details, this provider wants to know for which API.
    let config = json!({ "scope": "openid profile read", "resource": "https://orders.example", "autoRefresh": false });
    open_app(trial, &page, config.clone()).await?;
    assert_eq!(page.run("return await values.rewritten(3000)").await?, json!([]), "the module writes as the browser does");
    what_json_cannot_hold(&page).await?;
    assert!(server.log().await?.to("authorization").is_empty());

    page.begin("await auth.signIn({ appState: values.nasty(), authorizationDetails: values.nastyDetails() })").await?;
    log_in_at_the_provider(trial, &page, "Ada Lovelace").await?;
    page.wait_for_url(&format!("{}/?code=", server.app)).await?;
    start(&page, &config).await?;
    let log = server.log().await?;
    let asked = &log.to("authorization")[0]["query"]["authorization_details"];
    assert_eq!(asked, &page.run("return values.text(values.nastyDetails())").await?, "to the letter");
    let state = "return { text: values.text(auth.redirectResult.result.appState), own: values.text(values.nasty()) }";
    let state = page.run(state).await?;
    assert_eq!(state["text"], state["own"]);

    // What the provider granted of it, and what it says of the user.
    // Half of a surrogate pair is no character in any answer of a provider.
    let granted = r#"const granted = JSON.parse(values.text(values.nastyDetails())).map((detail) => ({ ...detail, actions: [] }));
        const expected = values.text(granted).replace(/\\ud[89a-f]../g, '\ufffd');
        return values.text(auth.state.session.authorizationDetails) === expected || values.text(auth.state.session.authorizationDetails)"#;
    let claims = "return values.text(auth.state.session.claims.given_name)";
    for moment in ["signed in", "reloaded", "refreshed", "reloaded again"] {
        match moment {
            "refreshed" => drop(page.run("return await auth.getAccessToken({ forceRefresh: true })").await?),
            "reloaded" | "reloaded again" => {
                page.reload().await?;
                start(&page, &config).await?;
            }
            _ => {}
        }
        assert_eq!(page.run(granted).await?, true, "{moment}");
        assert_eq!(page.run(claims).await?, CLAIM, "{moment}");
    }

    let landing = json!({ "redirectUri": format!("{}/callback.html", server.app), "autoRefresh": false });
    open_app(trial, &page, landing).await?;
    small_ones(&page).await?;
    assert_eq!(page.run("return values.text((await auth.getUserInfo()).given_name)").await?, CLAIM);
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}

/// What the page sees is more than a driver can carry.
async fn start(page: &Page, config: &Value) -> Outcome {
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run_with("await start(given)", config.clone()).await.map(drop)
}

/// What JSON.stringify throws at or has no text for is the caller's mistake, and nobody leaves the page for it.
async fn what_json_cannot_hold(page: &Page) -> Outcome {
    for member in ["appState", "authorizationDetails"] {
        let refused = "const refusals = {};
            for (const [name, value] of Object.entries(values.impossible)) {
              const refused = await auth.signIn({ [given]: value() }).then(() => 'nothing', describe);
              refusals[name] = refused.code === 'invalid_argument' && refused.message.startsWith(given + ': ');
            }
            return refusals";
        let refused = page.run_with(refused, json!(member)).await?;
        let names = refused.as_object().map(|refused| refused.len());
        assert!(names == Some(7) && refused.as_object().is_some_and(|all| all.values().all(|named| named == true)), "{refused}");
    }
    for other in ["{}", "'[]'", "null", "7", "new Map()", "new Uint8Array(2)", "{ length: 0 }"] {
        let refused = page.rejection_of(&format!("await auth.signIn({{ authorizationDetails: {other} }})")).await?;
        assert_eq!(refused["code"], "invalid_argument", "{other}");
        assert!(refused["message"].as_str().is_some_and(|text| text.contains("array")), "{refused}");
    }
    let thrown = page.rejection_of("await auth.signIn({ get appState() { throw new Error('not me') } })").await?;
    assert_eq!((&thrown["isAuthError"], &thrown["code"]), (&json!(true), &json!("invalid_argument")));
    Ok(())
}

/// Without leaving the page: words, zeros, and what is nothing.
async fn small_ones(page: &Page) -> Outcome {
    for (written, expected) in [
        ("undefined", "null"),
        ("null", "null"),
        ("NaN", "null"),
        ("-0", "0"),
        ("''", r#""""#),
        ("'null'", r#""null""#),
        ("'12'", r#""12""#),
        ("new Date(0)", r#""1970-01-01T00:00:00.000Z""#),
        ("'\\ud83d'", r#""\ud83d""#),
        ("[undefined]", "[null]"),
    ] {
        let back = format!("return values.text((await auth.signIn({{ mode: 'silent', appState: {written} }})).appState)");
        assert_eq!(page.run(&back).await?, expected, "{written}");
    }
    Ok(())
}
