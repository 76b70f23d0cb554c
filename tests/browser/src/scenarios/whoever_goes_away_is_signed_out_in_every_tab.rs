//! Nobody is at the machine: every tab warns, what happens in one counts in the other, and after a night the session is gone
//! in both and at the provider, whoever moves the mouse first.

use serde_json::{Value, json};

use crate::Outcome;
use crate::page::{PATIENCE, Page, wait_until};
use crate::server::Log;
use crate::steps::{call_api, open_another, open_app, sign_in, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const WATCH: &str = "const { watchIdle } = await load('idle');
    window.watch = watchIdle(auth, { idleAfter: 120_000 });
    window.told = [];
    for (const type of ['warning', 'resumed', 'ended']) watch.on(type, ({ reason }) => told.push([type, reason ?? null]));
    return watch.state.phase";

async fn run(trial: &Trial) -> Outcome {
    let (server, one) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &one, json!({})).await?;
    sign_in(trial, &one, "Ada", json!({})).await?;
    let two = open_another(trial, json!({})).await?;
    let token = one.run("return await auth.getAccessToken()").await?;
    for page in [&one, &two] {
        assert_eq!(page.run(WATCH).await?, "active");
    }

    // Nobody is there for a while, then a click in one tab: a person's, so the driver's.
    for page in [&one, &two] {
        page.run("clock.pass(70_000); dispatchEvent(new Event('focus'))").await?;
        page.wait_for("return watch.state.phase === 'warning'").await?;
    }
    one.click("body").await?;
    for page in [&one, &two] {
        page.wait_for("return watch.state.phase === 'active'").await?;
        assert_eq!(page.run("return told").await?, json!([["warning", "idle"], ["resumed", null]]));
    }

    // A night. Somebody comes to one of the tabs.
    server.reset().await?;
    server.set_clock(8 * 3_600_000).await?;
    for page in [&one, &two] {
        page.run("clock.jump(8 * 3_600_000, 0); told.length = 0; await clock.toldTheWorker()").await?;
    }
    two.click("body").await?;
    for page in [&two, &one] {
        page.run("dispatchEvent(new Event('focus'))").await?;
        page.wait_for("return watch.state.phase === 'ended'").await?;
        signed_out(page).await?;
    }

    // The provider was told, and the token of the evening opens nothing.
    // The browser is cleared first: the page says so before the provider was asked.
    let revocations = |log: &Log| {
        let is_whole = |request: &&&Value| request["form"]["token_type_hint"] == "refresh_token";
        log.to("revocation").iter().filter(is_whole).count()
    };
    let arrived = || async { Ok((revocations(&server.log().await?) > 0).then_some(())) };
    wait_until(PATIENCE, "the revocation", arrived).await?;
    let log = server.log().await?;
    assert_eq!(revocations(&log), 1, "one of the tabs signs out:\n{}", log.text());
    assert_eq!(call_api(&two, &token).await?["status"], 401);

    // The page that is loaded after that says why, and nothing of the watch is left but that.
    open_app(trial, &two, json!({})).await?;
    assert_eq!(start(&two, json!({})).await?["state"]["status"], "signed_out");
    assert_eq!(two.run(WATCH).await?, "ended");
    let left = two.run("return Object.keys(localStorage).filter((key) => key.startsWith('keyward-idle'))").await?;
    assert_eq!(left, json!([]));
    Ok(())
}

async fn signed_out(page: &Page) -> Outcome {
    let seen = page.run("return [told, watch.state.reason, auth.state.status, problems]").await?;
    assert_eq!(seen, json!([[["ended", "idle"]], "idle", "signed_out", []]));
    let refused: Value = page.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!(refused["code"], "login_required");
    Ok(())
}
