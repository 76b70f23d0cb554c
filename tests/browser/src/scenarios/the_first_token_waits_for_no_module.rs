//! A page whose module is still on its way: it shows the session and hands out the token that were left for it, shows a
//! visitor who is signed out, hears of a sign-out elsewhere, and waits where anything is unclear. When the module is there,
//! it takes over without a word.

use serde_json::{Value, json};

use crate::page::Page;
use crate::steps::{open_app, open_another, quiet, sign_in, start};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("a worker leaves no token behind, so its pages wait for it");

/// What may be found in the place of a view: functions of its text.
const UNFIT: [&str; 14] = [
    "() => '{'",
    "() => 'null'",
    "() => '[]'",
    "(text) => text.replace('\"v\":1', '\"v\":2')",
    "(text) => text.replace('\"v\":1', '\"v\":\"1\"')",
    "(text) => text.replace('\"for\":[[', '\"for\":[[\"x\"],[')",
    "(text) => text.replace('\"sessions\":[', '\"sessions\":[null,')",
    "(text) => text.replace('\"sessions\":[', '\"sessions\":[],\"x\":[')",
    "(text) => text.replace('\"subject\":', '\"__proto__\":')",
    "(text) => text.replace(/\"token\":\"[^\"]*\"/, '\"token\":[7]')",
    "(text) => text.replace(/\"token\":\"[^\"]*\"/, '\"token\":\"\"')",
    "(text) => text.replace(/\"until\":\\d+/, `\"until\":${Date.now()}`)",
    "(text) => text.replace(/\"until\":\\d+/, '\"until\":1e400')",
    "(text) => text.replace(/\"from\":\\d+/, `\"from\":${Date.now() + 60000}`)",
];

const VIEW: &str = "const name = Object.keys(localStorage).find((key) => key.startsWith('keyward:view:'));";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    sign_in(trial, &page, "Ada", quiet()).await?;
    let state = page.run("return plain(auth.state)").await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    assert_nothing_secret(&page, &token).await?;

    takes_over(&page, &state, &token).await?;
    waits_where_it_does_not_fit(&page).await?;
    hears_of_a_sign_out(trial, &page).await?;
    shows_a_visitor(&page).await
}

async fn takes_over(page: &Page, state: &Value, token: &Value) -> Outcome {
    hold(page).await?;
    let started = start(page, quiet()).await?;
    assert_eq!((&started["state"], &started["redirectResult"]), (state, &Value::Null));
    assert_eq!(page.run("window.first = auth.state; return await auth.getAccessToken()").await?, *token);
    let frozen = "const { state } = auth;
        return [state, state.session, state.sessions, state.session.claims, state.session.scope].every(Object.isFrozen)
          && state.session === state.sessions[0]";
    assert_eq!(page.run(frozen).await?, true);

    page.begin("return (await auth.getUserInfo()).sub").await?;
    page.wait_for("return heldModule.asked").await?;
    assert_eq!(page.run("return window.begun").await?, Value::Null, "it waits for the module");
    page.run("heldModule.release()").await?;
    assert_eq!(page.finish().await?, state["session"]["subject"]);
    assert_eq!(page.run("return [auth.state === first, events, problems]").await?, json!([true, [], []]));
    assert_eq!(page.run("return await auth.getAccessToken()").await?, *token);

    let kept = "await auth.getAccessToken(); return auth.getAccessToken() === auth.getAccessToken()";
    assert_eq!(page.run(kept).await?, true, "nothing is asked of the module");
    Ok(())
}

async fn waits_where_it_does_not_fit(page: &Page) -> Outcome {
    for damage in UNFIT {
        let script = format!(
            "auth.close(); {VIEW}
             const damaged = ({damage})(localStorage.getItem(name));
             const changed = damaged !== localStorage.getItem(name);
             localStorage.setItem(name, damaged);
             return changed"
        );
        assert_eq!(page.run(&script).await?, true, "{damage}");
        hold(page).await?;
        page.begin("return (await start({ autoRefresh: false })).state.status").await?;
        page.wait_for("return heldModule.asked").await?;
        assert_eq!(page.run("return window.begun").await?, Value::Null, "{damage}");
        page.run("heldModule.release()").await?;
        assert_eq!(page.finish().await?, "signed_in", "{damage}");
        page.run("return await auth.getAccessToken()").await?;
        page.wait_for(&format!("{VIEW} return JSON.parse(localStorage.getItem(name)).v === 1")).await?;
        assert_eq!(page.run("return [problems, {}.polluted ?? null]").await?, json!([[], null]), "{damage}");
    }
    Ok(())
}

async fn hears_of_a_sign_out(trial: &Trial, page: &Page) -> Outcome {
    let other = open_another(trial, quiet()).await?;
    hold(page).await?;
    let started = start(page, quiet()).await?;
    assert_eq!(started["state"]["status"], "signed_in");
    // What was handed out a moment ago is not handed out again.
    other.run("await auth.getAccessToken(); await auth.getAccessToken(); await auth.signOut({ mode: 'local' })").await?;
    let refused = other.rejection_of("return await auth.getAccessToken()").await?;
    assert_eq!(refused["code"], "login_required");
    page.wait_for("return auth.state.status === 'signed_out'").await?;
    page.begin("return await auth.getAccessToken()").await?;
    page.wait_for("return heldModule.asked").await?;
    page.run("heldModule.release()").await?;
    let refused = page.finish().await.err().ok_or("a token was handed out")?;
    assert!(refused.to_string().contains("login_required"), "{refused}");
    let told = "return events.map(({ type, event }) => [type, event.reason])";
    assert_eq!(page.run(told).await?, json!([["signedOut", "other_context"]]));
    assert_eq!(page.run("return [auth.state.status, problems]").await?, json!(["signed_out", []]));
    other.run("await auth.signOut({ mode: 'local', all: true })").await?;
    other.close().await
}

async fn shows_a_visitor(page: &Page) -> Outcome {
    page.run("await auth.signOut({ mode: 'local', all: true })").await?;
    page.wait_for("return localStorage.length === 0").await?;
    hold(page).await?;
    let started = start(page, quiet()).await?;
    assert_eq!(started["state"], json!({ "status": "signed_out", "session": null, "sessions": [] }));
    assert_eq!(page.run("return (await indexedDB.databases()).length").await?, 0);
    page.begin("return await auth.getAccessToken()").await?;
    page.run("heldModule.release()").await?;
    let refused = page.finish().await.err().ok_or("a token was handed out")?;
    assert!(refused.to_string().contains("login_required"), "{refused}");
    Ok(())
}

/// The page loads once more, and its module stays on the way.
pub(crate) async fn hold(page: &Page) -> Outcome {
    page.run("sessionStorage.setItem('module-held', '')").await?;
    page.reload().await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run("sessionStorage.removeItem('module-held')").await.map(drop)
}

/// Only the access token is where a page can read it at once.
async fn assert_nothing_secret(page: &Page, token: &Value) -> Result<(), Error> {
    let script = "const { local, databases } = await traces();
        const records = databases.flatMap(([, rows]) => rows).filter(([key]) => key.includes(':session:'));
        const { refresh, idToken } = JSON.parse(records[0][1]);
        const text = JSON.stringify(local);
        return [refresh.length > 20, text.includes(refresh), text.includes(idToken), text.includes(given)]";
    assert_eq!(page.run_with(script, token.clone()).await?, json!([true, false, false, true]));
    Ok(())
}
