use super::*;
use proptest::prelude::*;

const ISSUER: &str = "https://idp.example/realms/a/";

fn callback(query: &str) -> Callback {
    Callback::from_url(&["https://app.example/cb?", query].concat()).unwrap()
}

fn judged(query: &str) -> Result<String, ErrorCode> {
    process(&callback(query), ISSUER, false).map(|code| code.as_str().to_owned()).map_err(|error| error.code)
}

#[test]
fn rfc_6749_section_4_1_2_a_code_comes_with_its_state() {
    let callback = callback("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz");
    assert_eq!(callback.state_values(), ["xyz"]);
    assert_eq!((callback.outcome(), callback.first("iss")), (Outcome::Code, None));
    assert!(!callback.is_duplicated());
    assert_eq!(process(&callback, ISSUER, false).unwrap().as_str(), "SplxlOBeZQQYbYS6WxSbIA");
}

#[test]
fn the_order_and_the_escapes_of_the_parameters_do_not_matter() {
    let url =
        "https://app.example/cb?x=1&iss=https%3A%2F%2Fidp.example%2Frealms%2Fa%2F&%73tate=x%2Dy&co%64e=a%20b+c#code=no";
    let callback = Callback::from_url(url).unwrap();
    assert_eq!(callback.state_values(), ["x-y"]);
    assert_eq!(process(&callback, ISSUER, true).unwrap().as_str(), "a b c");
}

#[test]
fn a9_a_url_without_a_response_is_none() {
    for url in [
        "https://app.example/cb",
        "https://app.example/cb?",
        "https://app.example/cb?x=code&codes=1&Code=1&iss=https://idp.example",
        "https://app.example/cb#code=1&state=2",
        "https://app.example/code=1&state=2",
        "",
    ] {
        assert_eq!(Callback::from_url(url), None, "{url}");
    }
}

#[test]
fn a5_without_state_there_is_nothing_to_find_a_transaction_with() {
    assert!(callback("code=a").state_values().is_empty());
    assert_eq!(callback("code=a&state=").state_values(), [""]);
}

#[test]
fn a5_what_occurs_twice_is_refused_and_every_state_is_told() {
    for query in [
        "code=a&state=s&code=a",
        "code=a&state=s&code=b",
        "code=a&state=s&state=s",
        "code=a&state=s&state=t",
        "code=a&state=s&st%61te=t",
        "code=a&state=s&iss=https://idp.example/realms/a/&iss=https://idp.example/realms/a/",
        "error=access_denied&state=s&error=server_error",
        "error=access_denied&state=s&error_description=a&error_description=b",
    ] {
        assert!(callback(query).is_duplicated(), "{query}");
        assert_eq!(judged(query), Err(ErrorCode::InvalidResponse), "{query}");
    }
    assert_eq!(callback("code=a&state=s&state=t").state_values(), ["s", "t"]);
    assert!(!callback("code=a&state=s&x=1&x=2").is_duplicated());
}

#[test]
fn a5_rfc_9207_section_2_4_the_issuer_is_compared_to_the_letter() {
    assert_eq!(judged("code=a&state=s&iss=https://idp.example/realms/a/"), Ok("a".to_owned()));
    for other in [
        "https://idp.example/realms/a",
        "https://idp.example/realms/A/",
        "https://idp.example:443/realms/a/",
        "HTTPS://idp.example/realms/a/",
        "https://idp.example/realms/%2561/",
        "https://evil.example/",
        "",
    ] {
        assert_eq!(judged(&["code=a&state=s&iss=", other].concat()), Err(ErrorCode::IssuerMismatch), "{other}");
        let error = ["error=access_denied&state=s&iss=", other].concat();
        assert_eq!(judged(&error), Err(ErrorCode::IssuerMismatch), "{other}");
    }
}

#[test]
fn a5_rfc_9207_section_2_4_a_promised_issuer_must_be_there() {
    for query in ["code=a&state=s", "error=access_denied&state=s"] {
        let refused = process(&callback(query), ISSUER, true).unwrap_err();
        assert_eq!(refused.code, ErrorCode::IssuerMismatch);
        assert_eq!(refused.oauth, None, "nothing of an unchecked response is believed");
    }
}

#[test]
fn a5_a_code_and_an_error_contradict_each_other() {
    assert_eq!(callback("code=a&error=access_denied&state=s").outcome(), Outcome::Contradiction);
    assert_eq!(judged("code=a&error=access_denied&state=s"), Err(ErrorCode::InvalidResponse));
    assert_eq!(judged("code=a&error=&state=s"), Err(ErrorCode::InvalidResponse));
}

#[test]
fn an_empty_code_is_none() {
    assert_eq!(judged("code=&state=s"), Err(ErrorCode::InvalidResponse));
    assert_eq!(judged("code&state=s"), Err(ErrorCode::InvalidResponse));
}

#[test]
fn g2_a_state_alone_may_be_the_return_from_a_logout_and_is_never_a_sign_in() {
    assert_eq!(callback("state=s").outcome(), Outcome::StateOnly);
    assert_eq!(judged("state=s"), Err(ErrorCode::InvalidResponse));
}

#[test]
fn c4_oidc_core_section_3_1_2_6_errors_have_their_code_and_say_what_to_expect() {
    for (error, code, says) in [
        ("access_denied", ErrorCode::AccessDenied, "declined"),
        ("login_required", ErrorCode::LoginRequired, "must sign in"),
        ("interaction_required", ErrorCode::InteractionRequired, "ask the user"),
        ("consent_required", ErrorCode::InteractionRequired, "ask the user"),
        ("account_selection_required", ErrorCode::InteractionRequired, "ask the user"),
        ("temporarily_unavailable", ErrorCode::TemporarilyUnavailable, "cannot answer now"),
        ("server_error", ErrorCode::TemporarilyUnavailable, "cannot answer now"),
        ("invalid_scope", ErrorCode::AuthorizationFailed, "refused the request"),
        ("ACCESS_DENIED", ErrorCode::AuthorizationFailed, "refused the request"),
        ("", ErrorCode::AuthorizationFailed, "refused the request"),
    ] {
        let judged = process(&callback(&["error=", error, "&state=s"].concat()), ISSUER, false).unwrap_err();
        assert_eq!(judged.code, code, "{error}");
        assert!(judged.message.contains(says), "{error}: {judged}");
    }
}

#[test]
fn c4_the_providers_words_are_inert_and_bounded() {
    let long = "x".repeat(600);
    let query =
        ["error=bad%0D%0Aerror&error_uri=javascript:alert(1)&state=s&error_description=%E2%80%AEab%00", &long].concat();
    let oauth = process(&callback(&query), ISSUER, false).unwrap_err().oauth.take().unwrap();
    assert_eq!(oauth.error, "baderror");
    assert_eq!(oauth.description.unwrap(), ["ab", &long[..498]].concat());
    assert_eq!(oauth.uri.as_deref(), Some("javascript:alert(1)"));
    assert_eq!(oauth.status, None);
}

#[test]
fn j2_a_code_is_not_shown() {
    let shown = format!("{:?}", callback("code=SplxlOBeZQQYbYS6WxSbIA&state=s"));
    assert_eq!(shown, "Callback(Code)");
    let code = process(&callback("code=SplxlOBeZQQYbYS6WxSbIA&state=s"), ISSUER, false).unwrap();
    assert_eq!(format!("{code:?}"), "Code(..)");
}

#[test]
fn a6_the_response_leaves_the_url_and_nothing_else_does() {
    for (url, clean) in [
        ("https://app.example/cb?code=a&state=b", "https://app.example/cb"),
        ("https://app.example/cb?code=a&state=b#/route?code=x", "https://app.example/cb#/route?code=x"),
        ("https://app.example/?x=1&code=a&y=%20+%7e&state=b&z", "https://app.example/?x=1&y=%20+%7e&z"),
        ("https://app.example/?x=1&&code=a&&y", "https://app.example/?x=1&&&y"),
        ("https://app.example/?co%64e=a&st%61te=b&x", "https://app.example/?x"),
        ("https://app.example/?code&state&iss&x", "https://app.example/?x"),
        ("/?error=a&error_description=b&error_uri=c&session_state=d&iss=e&state=f&code=g&x=h", "/?x=h"),
        ("https://app.example/?code=a&", "https://app.example/"),
        ("https://app.example/?", "https://app.example/?"),
        ("https://app.example/?#", "https://app.example/?#"),
        ("https://app.example/?code=a#", "https://app.example/#"),
        ("https://app.example/#?code=a", "https://app.example/#?code=a"),
        ("https://app.example/?Code=a&codes=b&xcode=c", "https://app.example/?Code=a&codes=b&xcode=c"),
        ("https://app.example/?x=?code=a", "https://app.example/?x=?code=a"),
        ("https://app.example/?x=%ff&code=a&é=ü", "https://app.example/?x=%ff&é=ü"),
    ] {
        assert_eq!(clean_url(url), clean, "{url}");
    }
}

fn query_members() -> impl Strategy<Value = Vec<String>> {
    const NAMES: &[&str] =
        &["code", "state", "iss", "error", "session_state", "c%6Fde", "x", "tab", "", "codes", "%C3%A9", "x+y"];
    let member = (prop::sample::select(NAMES), "(=[a-zA-Z0-9%+=?/._~é-]{0,6})?")
        .prop_map(|(name, value)| name.to_owned() + &value);
    prop::collection::vec(member, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a6_every_foreign_octet_survives(members in query_members(), fragment in "(#[a-z?&=#/]{0,8})?") {
        let foreign = |member: &&String| {
            let name = form::parse(member).first().map(|(name, _)| name.clone()).unwrap_or_default();
            !["code", "state", "iss", "error", "session_state"].contains(&name.as_str())
        };
        let kept: Vec<String> = members.iter().filter(foreign).cloned().collect();
        let url = ["https://app.example/cb?", &members.join("&"), &fragment].concat();
        let query = kept.join("&");
        let separator = if query.is_empty() && !members.join("&").is_empty() { "" } else { "?" };
        prop_assert_eq!(clean_url(&url), ["https://app.example/cb", separator, &query, &fragment].concat());
    }

    #[test]
    fn a6_a_clean_url_is_no_response_and_stays_as_it_is(url in "https://a/[codestairn?&=#%]{0,24}") {
        let clean = clean_url(&url);
        prop_assert_eq!(Callback::from_url(&clean), None);
        prop_assert_eq!(clean_url(&clean), clean);
    }

    #[test]
    fn any_text_is_judged_without_a_panic(url: String) {
        let _ = clean_url(&url);
        if let Some(callback) = Callback::from_url(&url) {
            let _ = process(&callback, ISSUER, true);
        }
    }
}

#[test]
fn a6_what_the_redirect_uri_does_not_have_goes() {
    for (url, redirect_uri, cleaned) in [
        ("https://a.example/?scope=x&authuser=0&hd=&prompt=none", "https://a.example/", "https://a.example/"),
        ("https://a.example/?a=1&scope=x#f", "https://a.example/?a=1", "https://a.example/?a=1#f"),
        ("https://a.example/?x=a%20b&flag&x=c", "https://a.example/?x=a+b&flag", "https://a.example/?x=a%20b&flag"),
        ("https://a.example/?a=2&a=1", "https://a.example/?a=1", "https://a.example/?a=1"),
        ("https://a.example/?a=1", "https://a.example", "https://a.example/"),
        ("https://a.example/?code=c&state=s", "https://a.example/#a=1", "https://a.example/"),
        ("https://a.example/", "https://a.example/?a=1", "https://a.example/"),
        ("https://a.example/#?a=1", "https://a.example/", "https://a.example/#?a=1"),
    ] {
        assert_eq!(clean_redirect_uri(url, redirect_uri), cleaned, "{url}");
    }
}

#[test]
fn a6_only_a_whole_response_is_stale() {
    for (url, cleaned) in [
        ("https://a.example/?code=c&state=s&tab=2#f", "https://a.example/?tab=2#f"),
        ("https://a.example/?error=e&error_description=d&state=s", "https://a.example/"),
        ("https://a.example/?code=c&error=e&state=s&state=t", "https://a.example/"),
    ] {
        assert_eq!(without_stale_response(url), cleaned);
    }
    for kept in ["?code=c", "?state=s", "?code=c&state=", "?error=e", "?tab=2&iss=i", "", "#code=c&state=s"] {
        let url = ["https://a.example/", kept].concat();
        assert_eq!(without_stale_response(&url), url);
    }
}

#[test]
fn a9a_one_refusal_of_keycloaks_is_asked_again() {
    let asked_again = |query| {
        let error = process(&callback(query), ISSUER, false).unwrap_err();
        is_to_be_asked_again(&error)
    };
    assert!(asked_again("state=s&error=temporarily_unavailable&error_description=authentication_expired"));
    assert!(!asked_again("state=s&error=temporarily_unavailable&error_description=authentication_expired&iss=other"));
    assert!(!asked_again("state=s&error=temporarily_unavailable&error_description=busy"));
    assert!(!asked_again("state=s&error=temporarily_unavailable"));
    assert!(!asked_again("state=s&error=access_denied&error_description=authentication_expired"));
    assert!(!asked_again("state=s&code="));
}

#[test]
fn a9a_the_words_are_those_of_an_error_alone() {
    assert_eq!(callback("code=a").words(), None);
    let words = callback("error=a%00b&error_uri=u").words().unwrap();
    assert_eq!((&*words.error, words.description, words.uri.as_deref()), ("ab", None, Some("u")));
    assert!(callback("state=s").has_state() && callback("code=c&state=&state=s").has_state());
    assert!(!callback("code=c").has_state() && !callback("code=c&state=").has_state());
}
