//! `storage: "session"`: the tab's session is shown and its token handed out before the module is there. A copy of the tab
//! that is made meanwhile shows nothing, and takes nothing away; when the module is there, it takes over without a word.

use serde_json::json;

use super::a_copied_tab_does_not_own_the_session::copy_of;
use super::the_first_token_waits_for_no_module::hold;
use crate::Outcome;
use crate::shortcut::assert_signed_out;
use crate::steps::{open_app, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("a tab keeps no session of its own there");

async fn run(trial: &Trial) -> Outcome {
    let mut config = quiet();
    config["storage"] = json!("session");
    let page = trial.browser.first_tab();
    open_app(trial, &page, config.clone()).await?;
    sign_in(trial, &page, "Ada", config.clone()).await?;
    let state = page.run("return plain(auth.state)").await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    assert_eq!(page.run("return Object.keys(localStorage)").await?, json!([]), "it is the tab's alone");

    hold(&page).await?;
    assert_eq!(start(&page, config.clone()).await?["state"], state);
    assert_eq!(page.run("window.first = auth.state; return await auth.getAccessToken()").await?, token);

    let copy = copy_of(trial, &page).await?;
    copy.wait_for("return document.documentElement.dataset.ready").await?;
    assert_eq!(start(&copy, config.clone()).await?["state"]["status"], "signed_out");
    assert_signed_out(&copy, "the copy").await?;
    assert_eq!(copy.run("return Object.keys(sessionStorage)").await?, json!([]));
    copy.close().await?;

    page.begin("return (await auth.getUserInfo()).sub").await?;
    page.wait_for("return heldModule.asked").await?;
    page.run("heldModule.release()").await?;
    assert_eq!(page.finish().await?, state["session"]["subject"]);
    assert_eq!(page.run("return [auth.state === first, events, problems]").await?, json!([true, [], []]));
    assert_eq!(page.run("return await auth.getAccessToken()").await?, token);

    // Signed out of, and a visitor of this tab.
    page.run("await auth.signOut({ mode: 'local', all: true })").await?;
    assert_eq!(page.run("return Object.keys(sessionStorage)").await?, json!([]));
    hold(&page).await?;
    let nobody = json!({ "status": "signed_out", "session": null, "sessions": [] });
    assert_eq!(start(&page, config).await?["state"], nobody);
    page.run("heldModule.release()").await.map(drop)
}
