//! In and out, five times, as the same person and as another: never an earlier person's token, never a fault.

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{call_api, open_app, return_from_logout, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial))).in_a_worker_everywhere();

/// Names, whose subjects at the local provider are the same in small letters.
const PEOPLE: [&str; 5] = ["Ada", "Ada", "Grace", "Ada", "Grace"];

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, json!({})).await?;
    let mut tokens: Vec<Value> = vec![];

    for (round, name) in PEOPLE.into_iter().enumerate() {
        let subject = name.to_lowercase();
        server.reset().await?;
        let signed_in = sign_in(trial, &page, name, json!({})).await?;
        assert_eq!(signed_in["redirectResult"]["error"], Value::Null, "round {round}");
        assert_eq!(signed_in["state"]["status"], "signed_in", "round {round}");
        assert_eq!(signed_in["state"]["session"]["subject"], subject, "round {round}");
        assert_eq!(signed_in["state"]["sessions"].as_array().map(Vec::len), Some(1), "round {round}");

        let token = page.run("return await auth.getAccessToken()").await?;
        assert!(!tokens.contains(&token), "round {round}: an earlier sign-in's token came back");
        let answer = call_api(&page, &token).await?;
        assert_eq!((&answer["status"], &answer["body"]["subject"]), (&json!(200), &json!(subject)), "round {round}");
        tokens.push(token);

        page.begin("await auth.signOut()").await?;
        return_from_logout(trial, &page, &server.app).await?;
        let signed_out = start(&page, json!({})).await?;
        assert_eq!(signed_out["state"]["status"], "signed_out", "round {round}");
        assert_eq!(page.run("return problems").await?, json!([]), "round {round}");

        let log = server.log().await?;
        assert_eq!((log.to("authorization").len(), log.to("token").len()), (1, 1), "round {round}:\n{}", log.text());
        for token in &tokens {
            assert_eq!(call_api(&page, token).await?["status"], 401, "round {round}: a token outlived its sign-out");
        }
    }
    Ok(())
}
