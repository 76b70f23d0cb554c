//! In and out, twenty times on every storage, without a reload and with one, as the same person with a new name and
//! e-mail address and as another: the account is found each time, and never an earlier one's token (F2).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::page::Page;
use crate::shortcut::{storages, assert_signed_out, begin_sign_in, sign_in_here, start_over};
use crate::steps::{call_api, open_app, quiet, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const ROUNDS: usize = 20;

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    let mut tokens = BTreeSet::new();
    for &storage in storages(trial) {
        let mut config = quiet();
        config["storage"] = json!(storage);
        start_over(&page, config.clone()).await?;
        for round in 0..ROUNDS {
            let (name, email) = change_somebody(trial, storage, round).await?;
            let result = sign_in_here(trial, &page, &name).await?;
            assert_eq!(result["error"], Value::Null, "{storage}, round {round}");
            let session = in_and_out(trial, &page, &mut tokens, round, &format!("{storage}, round {round}")).await?;
            assert_eq!((&session["subject"], &session["claims"]["email"]), (&json!(name.to_lowercase()), &json!(email)));
        }
        for round in 0..ROUNDS {
            let context = format!("{storage} with reload, round {round}");
            let (name, email) = change_somebody(trial, &context, round).await?;
            let response = begin_sign_in(trial, &page, &name).await?;
            page.open(&response).await?;
            let started = start(&page, config.clone()).await?;
            assert_eq!(started["redirectResult"]["error"], Value::Null, "{context}");
            if round % 5 == 0 && storage != "memory" {
                page.reload().await?;
                start(&page, config.clone()).await?;
            }
            let session = in_and_out(trial, &page, &mut tokens, round, &context).await?;
            assert_eq!((&session["subject"], &session["claims"]["email"]), (&json!(name.to_lowercase()), &json!(email)));
        }
    }
    assert_eq!(tokens.len(), 2 * ROUNDS * storages(trial).len());
    Ok(())
}

/// Two rounds as one person, whose profile is another each time, then one as another person.
async fn change_somebody(trial: &Trial, context: &str, round: usize) -> Result<(String, String), Error> {
    let name = if round % 3 == 2 { "Grace" } else { "Ada" };
    let email = format!("{name}-{}-{round}@example.org", context.replace([' ', ','], "-"));
    let claims = json!({ "name": format!("{name} the {round}th"), "email": email });
    trial.server.change_profile(&name.to_lowercase(), claims).await?;
    Ok((name.to_owned(), email))
}

/// Looks at the session, uses its token, and ends it; returns what was seen of it.
async fn in_and_out(
    trial: &Trial,
    page: &Page,
    tokens: &mut BTreeSet<String>,
    round: usize,
    context: &str,
) -> Result<Value, Error> {
    let seen = page
        .run("return { token: await auth.getAccessToken(), state: plain(auth.state), problems }")
        .await
        .map_err(|error| format!("{context}: {error}"))?;
    let session = seen["state"]["session"].clone();
    assert_eq!(seen["state"]["status"], "signed_in", "{context}");
    assert_eq!(seen["state"]["sessions"].as_array().map(Vec::len), Some(1), "{context}");
    assert_eq!(seen["problems"], json!([]), "{context}");
    assert!(tokens.insert(seen["token"].to_string()), "{context}: an earlier token came back");
    // That a token is its subject's and ends with the session is the provider's word; it costs time, so not each round.
    let asks = round % 5 == 2;
    if asks {
        let answer = call_api(page, &seen["token"]).await?;
        assert_eq!((&answer["status"], &answer["body"]["subject"]), (&json!(200), &session["subject"]), "{context}");
    }
    page.run("await auth.signOut({ mode: 'local' })").await?;
    assert_signed_out(page, context).await?;
    if asks {
        assert_eq!(call_api(page, &seen["token"]).await?["status"], 401, "{context}: the token outlived its sign-out");
    }
    trial.server.reset().await?;
    Ok(session)
}
