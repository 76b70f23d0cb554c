//! The story that the small app of every framework tells (`frameworks/apps`): a guarded route, the way to the provider and
//! back to it, an API, a second tab that signs out, and a provider that is down.

use serde_json::json;

use crate::page::{PATIENCE, Page, wait_until};
use crate::steps::{log_in_at_the_provider, return_from_logout};
use crate::trial::Trial;
use crate::{Error, Outcome};

/// Where the guarded route is, with a query and a fragment that must not be lost.
const PRIVATE: &str = "/private/?tab=2#part";

/// The whole story; the app's origin is returned for what a framework has beside it.
pub(crate) async fn tell(trial: &Trial, name: &str) -> Result<String, Error> {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    let origin = server.start_framework(name).await?;
    guard_sends_to_the_provider_and_back(trial, &page, &origin).await?;
    api_gets_the_token(trial, &page).await?;

    // Another tab is signed in by what is stored, and nobody is asked for it.
    server.reset().await?;
    let other = trial.browser.new_tab().await?;
    other.open(&format!("{origin}{PRIVATE}")).await?;
    shows(&other, "#who", "signed_in Ada Lovelace").await?;
    assert_eq!(other.run("return instances.size").await?, 1);
    assert!(server.log().await?.is_empty(), "{}", server.log().await?.text());

    // It signs out: the first tab says so where it is, and does not sign in again by itself.
    other.click("#sign-out").await?;
    shows(&page, "#guard", "signed_out").await?;
    return_from_logout(trial, &other, &format!("{origin}/")).await?;
    shows(&other, "#who", "signed_out nobody").await?;
    is_private(&page, &origin).await?;
    assert_eq!(server.log().await?.to("authorization").len(), 0, "{}", server.log().await?.text());
    assert_eq!(page.run("return document.querySelector('#token')").await?, json!(null));

    a_sign_in_that_fails_is_said(trial, &page, &origin).await?;
    Ok(origin)
}

async fn guard_sends_to_the_provider_and_back(trial: &Trial, page: &Page, origin: &str) -> Outcome {
    let server = &trial.server;
    page.open(&format!("{origin}{PRIVATE}")).await?;
    log_in_at_the_provider(trial, page, "Ada Lovelace").await?;
    page.wait_for_url(origin).await?;
    shows(page, "#who", "signed_in Ada Lovelace").await?;
    // Where the sign-in began, in the address and on the page, and nothing of the response.
    is_private(page, origin).await?;
    shows(page, "#token", "has a token").await?;
    let seen = page.run("return { statuses, problems, instances: instances.size }").await?;
    assert_eq!((&seen["instances"], &seen["problems"]), (&json!(1), &json!([])), "{seen}");
    // Nobody was ever shown who is signed in as signed out.
    assert!(seen["statuses"] == json!(["loading", "signed_in"]) || seen["statuses"] == json!(["signed_in"]), "{seen}");

    // Whatever is mounted twice: one request, one code, one exchange.
    let log = server.log().await?;
    assert_eq!((log.to("authorization").len(), log.to("token").len()), (1, 1), "{}", log.text());
    let sent = &log.to("authorization")[0]["query"];
    assert_eq!(sent["redirect_uri"], json!(format!("{origin}/")), "{sent}");
    assert_eq!(sent["code_challenge_method"], "S256", "{sent}");
    Ok(())
}

async fn api_gets_the_token(trial: &Trial, page: &Page) -> Outcome {
    page.click("#call").await?;
    shows(page, "#answer", "200").await?;
    let received = page.run("return await (await fetch(api + '/log')).json()").await?;
    // The API's log has digests of tokens.
    let digest = "const octets = new TextEncoder().encode(await auth.getAccessToken());
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
        return digest.toHex?.() ?? [...digest].map((octet) => octet.toString(16).padStart(2, '0')).join('')";
    let digest = page.run(digest).await?;
    let digest = digest.as_str().unwrap_or_default();
    let [request] = received.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(format!("one request was sent, and the API received {received}").into());
    };
    let token = request["token"].as_str().unwrap_or_default();
    assert_eq!(request["scheme"], "Bearer", "{request}");
    assert!(!token.is_empty() && digest.starts_with(token), "{request}, not {digest}");
    assert_eq!(trial.server.log().await?.to("token").len(), 1);
    Ok(())
}

async fn a_sign_in_that_fails_is_said(trial: &Trial, page: &Page, origin: &str) -> Outcome {
    let server = &trial.server;
    // The provider is down while somebody comes to the guarded route.
    server.reset().await?;
    server.fail("discovery", json!({ "status": 503, "count": 100 })).await?;
    page.click("#again").await?;
    let asked = || async { Ok((!server.log().await?.to("discovery").is_empty()).then_some(())) };
    // With the metadata still at hand it gets to the provider's page.
    if wait_until(std::time::Duration::from_secs(3), "a discovery", asked).await.is_ok() {
        shows(page, "#guard", "signed_out discovery_failed").await?;
        server.reset().await?;
        page.click("#again").await?;
    }

    // The user does not want to, and is not asked again.
    if let Err(error) = page.wait_for_url(&format!("{}/login/", server.provider)).await {
        let now = page.run("return [document.body.innerText, statuses, problems]").await?;
        return Err(format!("{error}; it shows {now}").into());
    }
    page.click("form button[name=cancel]").await?;
    page.wait_for_url(origin).await?;
    shows(page, "#who", "signed_out nobody access_denied").await?;
    let log = server.log().await?;
    assert_eq!((log.to("authorization").len(), log.to("token").len()), (1, 0), "{}", log.text());

    // The next time the user does.
    page.click("#to-private").await?;
    log_in_at_the_provider(trial, page, "Ada Lovelace").await?;
    page.wait_for_url(origin).await?;
    shows(page, "#who", "signed_in Ada Lovelace").await?;
    is_private(page, origin).await?;
    assert_eq!(page.run("return [instances.size, problems]").await?, json!([1, []]));
    Ok(())
}

/// Angular's router leaves out the slash.
async fn is_private(page: &Page, origin: &str) -> Outcome {
    assert_eq!(page.url().await?.replace("/private?", "/private/?"), format!("{origin}{PRIVATE}"));
    Ok(())
}

/// Waits until the page shows that text there.
pub(crate) async fn shows(page: &Page, selector: &str, text: &str) -> Outcome {
    let script = format!("return document.querySelector({})?.textContent === {}", json!(selector), json!(text));
    match page.wait_up_to(PATIENCE, &script).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let now = page.run("return [document.body.innerText, window.problems]").await.unwrap_or_default();
            Err(format!("{error}; it shows {now}").into())
        }
    }
}
