//! Apps in native shells and extensions (RFC 8252): redirect URIs of their own schemes, and provider's pages that are
//! opened elsewhere, while the app's page stays.

use crate::native::{Page, follow};
use crate::stage::{App, Tab, at, code, of};
use hostile_tests::Provider;
use keyward::platform::Platform as _;
use keyward::{Error, ErrorCode, SignInOptions, SignInResult, SignOutOptions};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

type Outcome = Rc<RefCell<Option<Result<SignInResult, Error>>>>;

/// The redirect URIs of shells, each with the page that the app is then.
const SHELLS: [(&str, &str); 8] = [
    ("com.example.app://callback", "capacitor://localhost/inbox/7"),
    ("com.example.app:/callback", "capacitor://localhost/inbox/7"),
    ("com.example.app://callback/?from=provider", "http://localhost/inbox/7"),
    ("capacitor://localhost/callback", "capacitor://localhost/inbox/7"),
    ("tauri://localhost/callback", "tauri://localhost/inbox/7"),
    ("http://tauri.localhost/callback", "http://tauri.localhost/inbox/7"),
    ("chrome-extension://abcdefghijklmnop/callback.html", "chrome-extension://abcdefghijklmnop/inbox/7"),
    ("https://abcdefghijklmnop.chromiumapp.org/", "moz-extension://0d4b2a3e-0d5c-4b8d-9e6b-7f1c2d3e4f50/inbox/7"),
];

/// An app whose provider's pages are opened elsewhere, and the URLs that were.
fn shell(path: &str, redirect_uri: &str) -> (App, Arc<Provider>, Rc<RefCell<Vec<String>>>) {
    let (mut app, provider) = App::with(path);
    let opened: Rc<RefCell<Vec<String>>> = Rc::default();
    let open = opened.clone();
    app.config = app.config.open_url(move |url| {
        open.borrow_mut().push(url);
        async { Ok(()) }
    });
    app.config.providers[0].redirect_uri = Some(redirect_uri.to_owned());
    (app, provider, opened)
}

fn begin(tab: &Tab, options: SignInOptions) -> Outcome {
    let outcome = Outcome::default();
    let (settled, signing_in) = (outcome.clone(), tab.client.sign_in(options));
    tab.page.spawn(async move {
        let result = signing_in.await;
        *settled.borrow_mut() = Some(result);
    });
    tab.page.attempt(async {});
    outcome
}

pub(super) fn a10_a_redirect_uri_of_a_shell_is_what_the_provider_receives() {
    for (index, (redirect_uri, page)) in SHELLS.into_iter().enumerate() {
        let (app, provider, opened) = shell(&format!("shells~{index}"), redirect_uri);
        let tab = app.load(page);
        let outcome = begin(&tab, at("main"));
        assert!(outcome.borrow().is_none() && tab.page.navigated().is_none(), "{page}: the page stays");
        let url = opened.borrow().last().cloned().expect("the authorization URL is opened");
        let back = follow(&url).expect("the provider accepts the request");
        assert!(back.starts_with(redirect_uri), "{back}");
        let handled = tab.page.run(tab.client.handle_redirect(Some(back.clone()))).expect("it is a response");
        let result = handled.outcome.unwrap_or_else(|error| panic!("{redirect_uri}: {error}"));
        assert_eq!(result.return_to.as_deref(), Some(page), "in-app paths work on the shell's origin");
        assert_eq!(outcome.borrow_mut().take(), Some(Ok(result.clone())), "signIn has the same result");
        assert_eq!(tab.client.state().session, Some(result.session));
        assert_eq!(tab.page.address(), page, "nothing is done to the page's own address");
        let [token_request] = &provider.received_at("token")[..] else { panic!("one token request") };
        assert_eq!(token_request.form_value("redirect_uri"), Some(redirect_uri));
        assert_eq!(provider.received_at("authorize")[0].query_value("redirect_uri"), Some(redirect_uri));
        // Once more, as shells that start anew do.
        assert!(tab.page.run(tab.client.handle_redirect(Some(back))).is_some_and(|again| again.outcome.is_ok()));
        assert_eq!(provider.received_at("token").len(), 1);
    }
}

pub(super) fn a7_return_to_is_a_place_of_the_shells_own_origin() {
    let (app, _, _) = shell("shells~return", "com.example.app://callback");
    let tab = app.load("capacitor://localhost/inbox/7");
    for refused in
        ["https://evil.example/", "//evil.example", "tauri://localhost/x", "capacitor://evil/x", "javascript:x"]
    {
        let options = SignInOptions { return_to: Some(refused.to_owned()), ..at("main") };
        let outcome = begin(&tab, options);
        let outcome = outcome.borrow_mut().take().expect("it is refused at once");
        assert_eq!(code(outcome), Some(ErrorCode::InvalidArgument), "{refused}");
    }
    for accepted in ["/outbox", "capacitor://localhost/outbox", "../outbox"] {
        let options = SignInOptions { return_to: Some(accepted.to_owned()), ..at("main") };
        assert!(begin(&tab, options).borrow().is_none(), "{accepted}");
        let (_, stored) = app.origin.stored_under("keyward:transaction:").pop().expect("a transaction");
        assert!(stored.contains("\"returnTo\":\"capacitor://localhost/outbox\""), "{stored}");
    }
}

pub(super) fn a_sign_in_that_is_opened_elsewhere_ends_with_what_its_response_comes_to() {
    let (app, provider, opened) = shell("shells~ends", "com.example.app://callback");
    let tab = app.load("capacitor://localhost/");
    // Another's response changes nothing.
    let outcome = begin(&tab, at("main"));
    let forged = "com.example.app://callback?code=forged&state=of-somebody-else";
    let handled = tab.page.run(tab.client.handle_redirect(Some(forged.to_owned())));
    assert_eq!(handled.and_then(|it| code(it.outcome)), Some(ErrorCode::InvalidState));
    assert!(outcome.borrow().is_none(), "the sign-in is pending still");
    // The user declines.
    let state = app.origin.stored_under("keyward:transaction:")[0].0.replace("keyward:transaction:", "");
    let declined = format!(
        "com.example.app://callback?error=access_denied&state={state}&iss={}",
        provider.issuer().replace(':', "%3A").replace('/', "%2F")
    );
    tab.page.run(tab.client.handle_redirect(Some(declined)));
    assert_eq!(outcome.borrow_mut().take().and_then(code), Some(ErrorCode::AccessDenied));
    // Another sign-in takes its place: there is one system browser.
    let first = begin(&tab, at("main"));
    let second = begin(&tab, at("main"));
    assert_eq!(first.borrow_mut().take().and_then(code), Some(ErrorCode::Aborted));
    assert_eq!(app.origin.stored_under("keyward:transaction:").len(), 1, "what is aborted leaves nothing");
    assert!(second.borrow().is_none());
    // Whoever closes the client waits for nothing.
    tab.client.close();
    tab.page.attempt(async {});
    assert_eq!(second.borrow_mut().take().and_then(code), Some(ErrorCode::Closed));
    assert_eq!(opened.borrow().len(), 3);
    assert_eq!(provider.received_at("token").len(), 0);
}

pub(super) fn an_app_that_was_ended_meanwhile_finishes_all_the_same() {
    let (app, _, opened) = shell("shells~ended", "com.example.app://callback");
    begin(&app.load("capacitor://localhost/inbox"), at("main"));
    let back = follow(&opened.borrow()[0]).expect("the provider accepts the request");
    let tab = app.load("capacitor://localhost/");
    let handled = tab.page.run(tab.client.handle_redirect(Some(back))).expect("it is a response");
    assert_eq!(handled.outcome.map(|it| it.return_to), Ok(Some("capacitor://localhost/inbox".to_owned())));
    assert!(tab.token("main").is_ok());
}

pub(super) fn a_url_that_cannot_be_opened_is_said_and_leaves_nothing() {
    let (mut app, provider) = App::with("shells~refused");
    let refuse = |_| async { Err(Error::new(ErrorCode::Unsupported, "no browser")) };
    app.config = app.config.open_url(refuse);
    let tab = app.load("capacitor://localhost/");
    let error = begin(&tab, at("main")).borrow_mut().take().expect("it ends").expect_err("with an error");
    assert_eq!(
        (error.code, &*error.message, error.provider.as_deref()),
        (ErrorCode::Unsupported, "no browser", Some("main"))
    );
    assert_eq!(app.origin.stored_under("keyward:transaction:"), []);
    assert_eq!(tab.event_names(), ["signInFailed"]);

    // A logout that cannot be opened changes nothing about being signed out here.
    let (signed_in, options) =
        (app.signed_in_elsewhere(), SignOutOptions { account: of("main"), ..Default::default() });
    assert_eq!(signed_in.page.run(signed_in.client.sign_out(options)), Ok(()));
    assert!(signed_in.client.state().session.is_none());
    assert_eq!(provider.received_at("revoke").len(), 2);
    assert_eq!(app.origin.stored_under("keyward:session:"), []);
}

pub(super) fn g2_a_logout_that_is_opened_elsewhere_is_a_url_of_any_length() {
    for length in [1_000, 500_000] {
        let (mut app, _, opened) = shell(&format!("shells~logout~{length}"), "com.example.app://callback");
        app.config.providers[0].post_logout_redirect_uri = Some("com.example.app://bye".to_owned());
        let tab = app.signed_in_elsewhere();
        let hint = tab.with_id_token(&app, length);
        let options = SignOutOptions { account: of("main"), ..SignOutOptions::default() };
        assert_eq!(tab.page.run(tab.client.sign_out(options)), Ok(()));
        assert!(tab.page.navigated().is_none(), "the page stays");
        let url = opened.borrow().last().cloned().expect("the logout is opened");
        assert_eq!(url.contains(&format!("id_token_hint={hint}&")), length == 1_000);
        assert!(
            url.len() < 2_000
                && url.contains("client_id=app&post_logout_redirect_uri=com.example.app%3A%2F%2Fbye&state=")
        );
        let (_, state) = url.split_once("&state=").expect("a state goes along");
        let back = format!("com.example.app://bye?state={state}");
        assert!(tab.page.run(tab.client.handle_redirect(Some(back))).is_none(), "it is no sign-in");
        assert_eq!(app.origin.stored_under("keyward:transaction:"), []);
    }
}

impl App {
    /// A user has signed in on a page that stays.
    fn signed_in_elsewhere(&self) -> Tab {
        let urls: Rc<RefCell<Vec<String>>> = Rc::default();
        let mut app = App {
            config: self.config.clone(),
            origin: self.origin.clone(),
            shown: self.shown.clone(),
            providers: self.providers.clone(),
        };
        let open = urls.clone();
        app.config = app.config.open_url(move |url| {
            open.borrow_mut().push(url);
            async { Ok(()) }
        });
        let tab = app.load("capacitor://localhost/");
        let outcome = begin(&tab, at("main"));
        let back = follow(&urls.borrow()[0]).expect("the provider accepts the request");
        tab.page.run(tab.client.handle_redirect(Some(back)));
        assert!(outcome.borrow_mut().take().is_some_and(|outcome| outcome.is_ok()));
        self.load("capacitor://localhost/")
    }
}

impl Tab {
    /// From now on the session's ID token is so long.
    pub(super) fn with_id_token(&self, app: &App, length: usize) -> String {
        let (key, text) = app.origin.stored_under("keyward:session:").pop().expect("a session");
        let old = Page::parse_json(&text).and_then(|json| json.str("idToken").map(str::to_owned)).expect("an ID token");
        let new = "x".repeat(length);
        let longer = text.replace(&old, &new);
        let swap = self.page.swap(keyward::platform::Area::Sessions, &key, Some(&text), Some(&longer));
        assert_eq!(self.page.run(swap), Ok(true));
        new
    }
}
