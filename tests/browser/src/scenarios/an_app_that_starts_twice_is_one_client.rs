//! React's StrictMode mounts everything twice, and hot reloading evaluates a module again: `init` with an equal config is
//! the same instance, a code is exchanged once, and where even the package itself was evaluated again, two clients renew
//! once between them (A4, E2).

use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{forget_the_start, let_the_token_expire, open_app, quiet, start};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("it counts modules in the page, where there are none then");

/// The module of the package once more, as after a change in it: its own copy of whatever it keeps.
const RELOAD: &str = "window.hot = await reimport('hot');
    window.anew = await hot.init(await configuration(given));
    window.heard = [];
    anew.on('tokenRefreshed', ({ origin }) => heard.push(origin))";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, quiet()).await?;
    server.fail("authorization", json!({ "status": 204 })).await?;
    page.begin("await auth.signIn()").await?;
    let response = server.walk("Ada").await?;
    page.open(&response).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let mounted = page.run_with("return await mountTwice(given)", quiet()).await?;
    assert_eq!((&mounted["same"], &mounted["another"]), (&json!(true), &json!(true)), "{mounted}");
    assert_eq!(mounted["results"], json!(["ada", "ada", "ada"]), "{mounted}");
    assert_eq!((&mounted["status"], &mounted["subject"]), (&json!("signed_in"), &json!("ada")), "{mounted}");
    assert_eq!(mounted["url"], json!(format!("{}/", server.app)), "{mounted}");
    let log = server.log().await?;
    assert_eq!(log.to("token").len(), 1, "one code, one exchange:\n{}", log.text());

    // The app's module again: the same instance, whose older listeners are still told.
    start(&page, quiet()).await?;
    forget_the_start(&page).await?;
    page.run("window.first = auth; window.former = []; auth.on('tokenRefreshed', () => former.push(1))").await?;
    assert_eq!(page.run_with("return (await initAgain(given)) === first", quiet()).await?, true);
    page.run_with(RELOAD, quiet()).await?;
    assert_eq!(page.run("return [anew === first, anew.state.session.subject]").await?, json!([false, "ada"]));

    server.reset().await?;
    let_the_token_expire(&[&page]).await?;
    let both = "return await Promise.all([anew, first, anew, first].map((auth) => auth.getAccessToken()))";
    let tokens = page.run(both).await?;
    let tokens: Vec<&Value> = tokens.as_array().into_iter().flatten().collect();
    assert!(tokens.len() == 4 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    page.wait_for("return heard.length && former.length").await?;
    let log = server.log().await?;
    assert_eq!((log.to("token").len(), log.refreshes().len()), (1, 1), "{}", log.text());
    assert_eq!(page.run("return [heard.length, former.length, problems]").await?, json!([1, 1, []]));

    // The one that nobody needs any more goes, and the other works on.
    page.run("first.close()").await?;
    page.run("return await anew.getAccessToken({ forceRefresh: true })").await?;
    assert_eq!(server.log().await?.refreshes().len(), 2);
    assert_eq!(page.run("return [heard.length, former.length, problems]").await?, json!([2, 1, []]));
    Ok(())
}
