//! Sign in, stay signed in, call an API, sign out.

use gloo_net::http::Request;
use keyward::web::{Storage, Web};
use keyward::{Client, Config, ProviderConfig, SignInOptions, SignOutOptions, TokenOptions};
use serde::Deserialize;
use yew::platform::spawn_local;
use yew::prelude::*;
use yew::suspense::use_future;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    issuer: String,
    rust_client_id: String,
}

/// What this app wants to know of the ID token.
#[derive(Deserialize)]
struct Profile {
    name: String,
}

/// Restores the session, and finishes the sign-in if the provider has just sent the user back.
async fn start() -> Result<Client<Web>> {
    let settings: Settings = Request::get("/config.json").send().await?.json().await?;
    let origin = web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default();
    let provider = ProviderConfig::new(&settings.issuer, &settings.rust_client_id)
        .scope("openid profile")
        .redirect_uri(&format!("{origin}/rust/"))
        .post_logout_redirect_uri(&format!("{origin}/rust/"));
    let client = Client::in_browser(Storage::Local, Config::new(provider))?;
    client.start().await;
    Ok(client)
}

/// Leaves the page, so nothing comes back.
async fn sign_in(client: Client<Web>) -> Result<String> {
    client.sign_in(SignInOptions::default()).await?;
    Ok(String::new())
}

async fn call_api(client: Client<Web>) -> Result<String> {
    let request = client.authorize(Request::get("/api/me"), TokenOptions::default()).await?;
    let answer: serde_json::Value = request.send().await?.json().await?;
    Ok(format!("{answer:#}"))
}

async fn sign_out(client: Client<Web>) -> Result<String> {
    client.sign_out(SignOutOptions::default()).await?;
    Ok(String::new())
}

#[component]
pub(crate) fn App() -> Html {
    let starting = html! { <p class="plain">{ "Starting …" }</p> };
    html! {
        <>
            <header><p class="wordmark"><img src="/icon.svg" alt="" width="28" height="28" />{ "Keyward" }<span>{ "in Rust" }</span></p></header>
            <main><Suspense fallback={starting}><Account /></Suspense></main>
        </>
    }
}

#[component]
fn Account() -> HtmlResult {
    let client = use_future(start)?;
    let message = use_state(|| match &*client {
        Ok(client) => client.redirect_result().and_then(|result| result.outcome.err()).map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    });
    let changed = use_force_update();
    use_effect_with((), {
        let client = client.clone();
        move |()| {
            let subscription = client.as_ref().ok().map(|client| client.subscribe(move |_| changed.force_update()));
            move || drop(subscription)
        }
    });

    let shown = message.as_ref().filter(|text| !text.is_empty()).map(|text| html! { <pre>{ text }</pre> });
    let answer = html! { <div id="api-result" aria-live="polite">{ shown }</div> };
    let Ok(client) = &*client else { return Ok(answer) };
    let state = client.state();
    let Some(session) = state.session.as_ref().filter(|_| state.is_signed_in()) else {
        return Ok(html! {
            <section id="signed-out">
                <div>
                    <h1>{ "The same, in Rust." }</h1>
                    <p class="lead">{ "This page is a Yew app with Keyward as a crate, without the npm package." }</p>
                    <p>{ button("sign-in", "large", "Sign in", client, &message, sign_in) }</p>
                    { answer }
                </div>
            </section>
        });
    };
    let name = session.claims_as::<Profile>().map_or_else(|error| error.to_string(), |profile| profile.name);
    Ok(html! {
        <div id="signed-in">
            <section>
                <div class="holder"><h1 id="name">{ name }</h1></div>
                <p class="small">{ "Subject " }<code id="subject">{ &session.subject }</code></p>
                <p class="token small">{ "The access token is renewed before it expires, by one tab for all." }</p>
                <div class="actions">
                    { button("call-api", "", "Call the protected API", client, &message, call_api) }
                    { button("sign-out", "quiet", "Sign out", client, &message, sign_out) }
                </div>
                { answer }
            </section>
        </div>
    })
}

/// A button that does a task, and shows what came of it.
fn button<F: Future<Output = Result<String>> + 'static>(
    id: &'static str,
    class: &'static str,
    label: &'static str,
    client: &Client<Web>,
    message: &UseStateHandle<Option<String>>,
    task: fn(Client<Web>) -> F,
) -> Html {
    let (client, message) = (client.clone(), message.clone());
    let onclick = move |_| {
        let (task, message) = (task(client.clone()), message.clone());
        spawn_local(async move { message.set(Some(task.await.unwrap_or_else(|error| error.to_string()))) });
    };
    html! { <button type="button" {id} {class} {onclick}>{ label }</button> }
}
