//! Whatever is in the stores, the page starts: what cannot be read means signed out, and a new sign-in repairs it.

use serde_json::json;

use crate::Outcome;
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// Functions from a stored value to what is found in its place.
const DAMAGES: [&str; 6] = [
    "() => '{'",
    "() => ''",
    "() => 'null'",
    "() => '{\"version\":999999,\"__proto__\":{\"polluted\":true}}'",
    "(value) => typeof value === 'string' ? value.slice(0, value.length / 2) : { ...value, value: 42 }",
    "() => '[' .repeat(20000)",
];

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    for damage in DAMAGES {
        // The provider still knows the person after the first round and asks nothing.
        let signed_in = match damage == DAMAGES[0] {
            true => sign_in(trial, &page, "Ada", quiet()).await?,
            false => {
                page.begin("await auth.signIn()").await?;
                page.wait_for("return location.search.includes('code=')").await?;
                start(&page, quiet()).await?
            }
        };
        assert_eq!(signed_in["state"]["status"], "signed_in", "before {damage}: {signed_in}");

        let changed = page.run(&format!("return await corruptStores({damage})")).await?;
        assert!(changed.as_u64().is_some_and(|count| count >= 2), "the record and its mirror were expected: {changed}");
        trial.server.reset().await?;
        page.reload().await?;
        let started = start(&page, quiet()).await?;
        assert_eq!(started["state"], json!({ "status": "signed_out", "session": null, "sessions": [] }), "{damage}");
        let refused = page.rejection_of("return await auth.getAccessToken()").await?;
        assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("login_required")), "{damage}");
        assert_eq!(page.run("return [problems, {}.polluted ?? null]").await?, json!([[], null]), "{damage}");
        let log = trial.server.log().await?;
        assert!(log.to("token").is_empty(), "{damage}:\n{}", log.text());
    }
    Ok(())
}
