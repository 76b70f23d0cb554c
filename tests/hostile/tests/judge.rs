//! What is asserted of every misbehaviour, on both sides: what the provider received and what the caller saw.

use crate::native::Page;
use crate::stage::{APP, App, Tab, at, code, of, server};
use hostile_tests::{Expect, Misbehaviour, Phase, Place, Provider};
use keyward::session::account::owner;
use keyward::{Error, ErrorCode, SignInOptions, SignOutOptions, Status, TokenOptions};
use std::sync::Arc;

/// How long to wait for an answer that never comes.
const A_MOMENT: i64 = 800;

/// The app, the provider that misbehaves, and one that does not, at which a good session exists already.
struct Case {
    app: App,
    bad: Arc<Provider>,
    good: Arc<Provider>,
    /// How the good session is stored.
    good_records: Vec<(String, String)>,
    good_token: String,
}

/// Runs one misbehaviour.
pub(crate) fn judge(misbehaviour: &Misbehaviour) {
    let expect = &misbehaviour.expect;
    let case = Case::new(misbehaviour);
    match expect.phase {
        Phase::SignIn => case.refused_before_leaving(expect),
        Phase::Return => case.refused_on_return(expect),
        Phase::Ignored => case.ignored(),
        Phase::Refresh => case.refused_on_refresh(expect),
        Phase::UserInfo => case.refused_user_info(expect),
        Phase::SignOut => case.signs_out(),
        Phase::Never => case.works(),
    }
    if misbehaviour.expect.phase == Phase::Never && misbehaviour.is_about(Place::UserInfo) {
        case.user_info_works();
    }
    case.good_session_is_as_it_was();
    if expect.phase != Phase::Never {
        case.next_honest_sign_in_works();
    }
    case.app.shows_no_secret();
}

impl Case {
    fn new(misbehaviour: &Misbehaviour) -> Case {
        let path = misbehaviour.id();
        let (bad, good) = (server().provider(&path), server().provider(&format!("good~{path}")));
        let mut app = App::new(&[("bad", bad.clone()), ("good", good.clone())]);
        if misbehaviour.name.ends_with("is_no_answer") {
            app.config.request_timeout = A_MOMENT;
        }
        let tab = app.signed_in("good", "bob");
        let good_token = tab.token("good").expect("a fresh token is readable").to_string();
        let good_records = app.origin.stored_under("keyward:session:");
        assert_eq!(good_records.len(), 1);
        Case { app, bad, good, good_records, good_token }
    }

    /// The client never sends the user to such a provider.
    fn refused_before_leaving(&self, expect: &Expect) {
        let tab = self.app.load(APP);
        let result = self.app.go(&tab, at("bad"));
        self.expected(result.expect_err("the client does not leave"), expect);
        assert_eq!(tab.page.navigated(), None);
        assert!(self.bad.received_at("authorize").is_empty());
        self.nobody_signed_in(&tab, expect);
        assert_eq!(self.app.origin.stored_under("keyward:transaction:"), [], "nothing is pending");
        let cache = format!("keyward:cache:metadata:{}", owner("bad", self.bad.issuer(), "app"));
        assert_eq!(self.app.origin.stored_under(&cache), [], "nothing is cached");
        // The next call tries again.
        let before = self.bad.received().len();
        self.expected(self.app.go(&tab, at("bad")).expect_err("nor the second time"), expect);
        assert_eq!(self.bad.received().len(), 2 * before);
    }

    /// The response, the tokens or the keys are refused when the user comes back.
    fn refused_on_return(&self, expect: &Expect) {
        let left = self.app.load(APP);
        let options = SignInOptions { max_age_seconds: expect.max_age, login_hint: Some("alice".into()), ..at("bad") };
        let url = self.app.go(&left, options).expect("the client leaves for the provider");
        let tab = self.app.come_back(&url);
        let result = tab.result().expect("the URL is a response to this client");
        self.expected(result.expect_err("the sign-in fails"), expect);
        assert!(!tab.page.address().contains("code="), "the address bar is clean: {}", tab.page.address());
        assert!(!tab.page.address().contains("state="), "the address bar is clean: {}", tab.page.address());
        assert_eq!(tab.event_names(), ["signInFailed"]);
        self.nobody_signed_in(&tab, expect);
        // The code is spent, whatever became of it: a reload brings nobody in either.
        let again = self.app.load(&url);
        self.nobody_signed_in(&again, expect);
    }

    /// Nobody's response: it stays where it is.
    fn ignored(&self) {
        let left = self.app.load(APP);
        let url = self.app.go(&left, at("bad")).expect("the client leaves for the provider");
        let tab = self.app.load(&url);
        assert_eq!(tab.result(), None);
        assert_eq!(tab.page.address(), url);
        assert!(tab.event_names().is_empty());
        assert!(self.bad.received_at("token").is_empty());
        assert_eq!(code(tab.token("bad")), Some(ErrorCode::LoginRequired));
    }

    /// The answer to a refresh is refused: none of it is ever readable.
    fn refused_on_refresh(&self, expect: &Expect) {
        let tab = self.app.signed_in("bad", "alice");
        let held = tab.token("bad").expect("a fresh token is readable");
        let error = tab.new_token("bad").expect_err("the refresh fails");
        self.expected(error, expect);
        assert_eq!(self.bad.token_requests("refresh_token").len(), expect.token_requests);
        let session = self.session(&tab).expect("the session stays visible");
        assert_eq!(session.subject, "alice");
        match &session.error {
            Some(cause) => {
                assert!(expect.ends_session, "the session ended: {cause} {cause:?}");
                tab.show(cause);
                assert_eq!(tab.client.state().status(), Status::ReauthRequired);
                assert_eq!(tab.event_names(), ["signedIn", "reauthRequired"]);
            }
            None => {
                assert!(!expect.ends_session, "the session goes on");
                assert_eq!(tab.client.state().status(), Status::SignedIn);
                assert_eq!(tab.event_names(), ["signedIn", "refreshFailed"]);
            }
        }
        // Only the token from before is ever handed out.
        match tab.token("bad") {
            Ok(token) => assert_eq!(token, held),
            Err(error) => assert!(expect.ends_session, "the old token is valid still: {error}"),
        }
        let reloaded = self.app.load(APP);
        match reloaded.token("bad") {
            Ok(token) => assert_eq!(token, held),
            Err(error) => assert!(expect.ends_session, "the old token is valid still: {error}"),
        }
        if !expect.ends_session {
            // Nobody hammers: the next attempt waits for its time.
            let asked = self.bad.token_requests("refresh_token").len();
            assert!(reloaded.new_token("bad").is_err());
            assert_eq!(self.bad.token_requests("refresh_token").len(), asked);
        }
    }

    /// The answer is refused, and nothing else happens: the session and its claims stay as they are.
    fn refused_user_info(&self, expect: &Expect) {
        let tab = self.app.signed_in("bad", "alice");
        let before = self.session(&tab).expect("signed in");
        let held = tab.token("bad").expect("a fresh token is readable");
        self.expected(tab.user_info("bad").expect_err("the answer is refused"), expect);
        let asked = self.bad.received_at("userinfo");
        assert_eq!(asked.len(), 1 + expect.token_requests, "once more after a refresh");
        assert_eq!(asked[0].bearer(), Some(&*held));
        assert_eq!(self.bad.token_requests("refresh_token").len(), expect.token_requests);
        let session = self.session(&tab).expect("still signed in");
        let name = |session: &keyward::Session| session.claims.as_ref().and_then(|claims| claims.get("name").cloned());
        assert_eq!((&session.subject, name(&session), &session.error), (&before.subject, None, &None));
        assert!(session.claims == before.claims || expect.token_requests == 1, "the claims are those of an ID token");
        assert_eq!(tab.event_names(), ["signedIn", "tokenRefreshed"][..=expect.token_requests]);
        let token = tab.token("bad").expect("the session goes on");
        assert_eq!(token == held, expect.token_requests == 0);
        self.bad.misbehave(false);
        assert_eq!(tab.user_info("bad").expect("an honest answer").str("sub"), Some("alice"));
    }

    fn user_info_works(&self) {
        let tab = self.app.load(APP);
        let before = self.session(&tab).expect("signed in");
        assert_eq!(tab.user_info("bad").expect("it only looks odd").str("sub"), Some("alice"));
        assert_eq!(self.session(&tab).expect("signed in").claims, before.claims);
        assert_eq!(self.bad.received_at("userinfo").len(), 1);
    }

    /// It only looks odd.
    fn works(&self) {
        let tab = self.app.signed_in("bad", "alice");
        let first = tab.token("bad").expect("a fresh token is readable");
        assert_eq!(tab.event_names(), ["signedIn"]);
        assert_eq!(tab.page.address(), clean(&tab.page), "the address bar is clean");
        let second = tab.new_token("bad").expect("the refresh works");
        assert_ne!(first, second);
        assert_eq!(tab.event_names(), ["signedIn", "tokenRefreshed"]);
        assert_eq!(self.session(&tab).expect("signed in").error, None);
        assert_eq!(self.session(&tab).expect("signed in").scope, ["openid", "offline_access"]);
        assert_eq!(self.bad.token_requests("authorization_code").len(), 1);
        assert_eq!(self.bad.token_requests("refresh_token").len(), 1);
        let reloaded = self.app.load(APP);
        assert_eq!(reloaded.token("bad").expect("readable after a reload"), second);
    }

    /// Whatever the provider answers, the user is signed out here, at once.
    fn signs_out(&self) {
        let tab = self.app.signed_in("bad", "alice");
        let options = SignOutOptions { account: of("bad"), local: true, ..SignOutOptions::default() };
        assert_eq!(tab.page.run(tab.client.sign_out(options)), Ok(()));
        assert!(self.session(&tab).is_none());
        assert_eq!(code(tab.token("bad")), Some(ErrorCode::LoginRequired));
        assert_eq!(tab.event_names(), ["signedIn", "signedOut"]);
        assert_eq!(self.app.origin.stored_under("keyward:session:"), self.good_records);
        let revoked = self.bad.received_at("revoke");
        assert!(
            revoked
                .first()
                .and_then(|request| request.form_value("token"))
                .is_some_and(|token| token.starts_with("rt-"))
        );
        assert!(self.session(&self.app.load(APP)).is_none());
    }

    fn expected(&self, error: Error, expect: &Expect) {
        assert_eq!(Some(error.code), expect.code, "{error} {error:?}");
        assert!(error.message.contains(expect.mentions), "the message says {:?}: {error}", expect.mentions);
        assert_eq!(error.provider.as_deref(), Some("bad"));
        for text in error.oauth.iter().flat_map(|oauth| {
            [Some(oauth.error.clone()), oauth.description.clone(), oauth.uri.clone()].into_iter().flatten()
        }) {
            assert!(text.chars().count() <= 500, "the provider's words are bounded");
            assert!(
                !text.chars().any(|character| character.is_control() || character == '\u{202e}'),
                "and inert: {text:?}"
            );
        }
    }

    /// No token, no session, nothing stored; and the provider received what it may receive.
    fn nobody_signed_in(&self, tab: &Tab, expect: &Expect) {
        assert_eq!(self.bad.token_requests("authorization_code").len(), expect.token_requests);
        assert_eq!(self.bad.token_requests("refresh_token").len(), 0);
        assert!(self.session(tab).is_none());
        assert_eq!(tab.client.cached_token(&TokenOptions { account: of("bad"), ..TokenOptions::default() }), None);
        assert_eq!(code(tab.token("bad")), Some(ErrorCode::LoginRequired));
        let stored = self.app.origin.stored();
        let issued: Vec<String> = self.bad.secrets().into_iter().filter(|secret| secret.len() > 20).collect();
        for (key, value) in &stored {
            assert!(
                !issued.iter().any(|secret| value.contains(secret)),
                "a token of the bad provider is stored: {key}"
            );
        }
    }

    fn good_session_is_as_it_was(&self) {
        let tab = self.app.load(APP);
        let records = self.app.origin.stored_under("keyward:session:");
        for record in &self.good_records {
            assert!(records.contains(record), "the good record is byte for byte the same");
        }
        assert_eq!(*tab.token("good").expect("the good token is readable"), *self.good_token);
        assert!(self.good.token_requests("refresh_token").is_empty());
    }

    fn next_honest_sign_in_works(&self) {
        self.bad.misbehave(false);
        let tab = self.app.signed_in("bad", "alice");
        assert!(tab.token("bad").is_ok());
        assert!(tab.client.state().is_signed_in());
        assert!(tab.new_token("bad").is_ok());
        let reloaded = self.app.load(APP);
        assert!(reloaded.token("bad").is_ok());
    }

    fn session(&self, tab: &Tab) -> Option<std::rc::Rc<keyward::Session>> {
        let state = tab.client.state();
        tab.show(&state);
        state.sessions.iter().find(|session| session.provider == "bad").cloned()
    }
}

fn clean(page: &Page) -> String {
    let address = page.address();
    let known = ["code=", "state=", "iss=", "session_state="];
    if known.iter().any(|name| address.contains(name)) { "clean".to_owned() } else { address }
}
