//! Whatever is in the stores, the page starts: what cannot be read means signed out, and a new sign-in repairs it.

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("no readable record is kept; an-encrypted-session is about damage to those that are");

/// Functions from a stored value to what is found in its place.
const DAMAGES: [&str; 6] = [
    "() => '{'",
    "() => ''",
    "() => 'null'",
    "() => '{\"version\":999999,\"__proto__\":{\"polluted\":true}}'",
    "(value) => typeof value === 'string' ? value.slice(0, value.length / 2) : { ...value, value: 42 }",
    "() => '['.repeat(20000)",
];

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    sign_in(trial, &page, "Ada", quiet()).await?;

    for damage in DAMAGES {
        let started = reload_after(trial, &page, &["Databases", "LocalStorage"], damage).await?;
        assert_eq!(started["state"], nobody(), "{damage}");
        assert_signed_out(&page, damage).await?;
        sign_in_again(&page).await?;
    }

    // The view alone: the truth stands, and puts it right.
    for damage in DAMAGES {
        reload_after(trial, &page, &["LocalStorage"], damage).await?;
        page.wait_for("return auth.state.status === 'signed_in'").await?;
        page.run("return await auth.getAccessToken()").await?;
    }

    // The truth alone: what the view showed is taken back as soon as it is known to be wrong.
    for damage in DAMAGES {
        reload_after(trial, &page, &["Databases"], damage).await?;
        page.wait_for("return auth.state.status === 'signed_out'").await?;
        assert_signed_out(&page, damage).await?;
        sign_in_again(&page).await?;
    }
    Ok(())
}

/// Damages what is stored while no client of this page could repair it, and starts anew.
async fn reload_after(trial: &Trial, page: &Page, stores: &[&str], damage: &str) -> Result<Value, Error> {
    page.run("auth.close()").await?;
    for store in stores {
        let changed = page.run(&format!("return await corrupt{store}({damage})")).await?;
        assert!(changed.as_u64().is_some_and(|count| count > 0), "nothing was stored in {store}");
    }
    trial.server.reset().await?;
    page.reload().await?;
    let started = start(page, quiet()).await?;
    let log = trial.server.log().await?;
    assert!(log.to("token").is_empty(), "{damage}:\n{}", log.text());
    Ok(started)
}

async fn assert_signed_out(page: &Page, damage: &str) -> Outcome {
    assert_eq!(page.run("return plain(auth.state)").await?, nobody(), "{damage}");
    let refused = page.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!((&refused["isAuthError"], &refused["code"]), (&json!(true), &json!("login_required")), "{damage}");
    assert_eq!(page.run("return [problems, {}.polluted ?? null]").await?, json!([[], null]), "{damage}");
    Ok(())
}

/// The provider still knows the person and asks nothing.
async fn sign_in_again(page: &Page) -> Outcome {
    page.begin("await auth.signIn()").await?;
    page.wait_for("return location.search.includes('code=')").await?;
    let signed_in = start(page, quiet()).await?;
    assert_eq!(signed_in["state"]["status"], "signed_in", "{signed_in}");
    Ok(())
}

fn nobody() -> Value {
    json!({ "status": "signed_out", "session": null, "sessions": [] })
}
