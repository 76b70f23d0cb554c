use super::*;
use crate::protocol::testing::{json, parse, response};
use proptest::prelude::*;

const NOW: Millis = 1_795_219_200_000;
const ENDPOINT: &str = "https://idp.example/token?tenant=a";
const DAY: Millis = 24 * 60 * 60 * 1000;

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn sent(request: &Request) -> Vec<(String, String)> {
    form::parse(request.form.as_deref().unwrap())
}

fn code() -> Code {
    let callback = crate::protocol::callback::Callback::from_url("https://app.example/?code=Spl+x&state=s").unwrap();
    crate::protocol::callback::process(&callback, "", false).unwrap()
}

fn answer(status: u16, body: &str) -> Result<Box<TokenResponse>, Failure> {
    process(Ok(Box::new(response(status, body))), parse, NOW)
}

fn granted(members: &str) -> Box<TokenResponse> {
    answer(200, &[r#"{"access_token":"at","token_type":"Bearer""#, members, "}"].concat()).unwrap()
}

fn failure(status: u16, body: &str) -> Failure {
    answer(status, body).unwrap_err()
}

const TRANSIENT: FailureKind = FailureKind::Transient { retry_after: None };

#[test]
fn rfc_6749_section_4_1_3_and_rfc_7636_section_4_5_the_code_is_exchanged() {
    let verifier = Verifier::from_random([0; 32]);
    let resources = ["https://api.example/a".to_owned(), "https://api.example/b".to_owned()];
    let extra = [
        pair("audience", "x"),
        pair("client_secret", "no"),
        pair("code_verifier", "evil"),
        pair("grant_type", "password"),
    ];
    let request = code_request(ENDPOINT, "app", &code(), "https://app.example/cb", &verifier, &resources, &extra);
    assert_eq!(request.url, ENDPOINT);
    assert_eq!((request.headers.len(), request.keepalive), (0, false));
    assert_eq!(
        sent(&request),
        [
            pair("grant_type", "authorization_code"),
            pair("client_id", "app"),
            pair("code", "Spl x"),
            pair("redirect_uri", "https://app.example/cb"),
            pair("code_verifier", &"A".repeat(43)),
            pair("resource", "https://api.example/a"),
            pair("resource", "https://api.example/b"),
            pair("audience", "x"),
        ]
    );
}

#[test]
fn rfc_6749_section_6_a_refresh_asks_for_the_same_or_for_less() {
    let same = refresh_request(ENDPOINT, "app", "r+t", None, None, &[]);
    let basic = [pair("grant_type", "refresh_token"), pair("client_id", "app"), pair("refresh_token", "r+t")];
    assert_eq!((same.url.as_str(), sent(&same)), (ENDPOINT, basic.to_vec()));
    let extra = [pair("scope", "all"), pair("audience", "x"), pair("refresh_token", "evil")];
    let less = refresh_request(ENDPOINT, "app", "r+t", Some("openid a"), Some("https://api.example/"), &extra);
    let narrowed = [pair("scope", "openid a"), pair("resource", "https://api.example/"), pair("audience", "x")];
    assert_eq!(sent(&less), [basic, narrowed].concat());
}

#[test]
fn rfc_6749_section_5_1_a_whole_response() {
    let tokens = granted(
        r#","expires_in":3600,"refresh_token":"rt","id_token":"a.b.c","scope":"openid a","__proto__":{"x":1},"own":[],
           "authorization_details":[{"type":"account"}]"#,
    );
    assert_eq!((tokens.access_token.as_str(), tokens.token_type), ("at", TokenType::Bearer));
    assert_eq!(tokens.lifetime, Some(3_600_000));
    assert_eq!(tokens.refresh_token.as_deref(), Some("rt"));
    assert_eq!(tokens.id_token.as_deref(), Some("a.b.c"));
    assert_eq!(tokens.scope.as_deref(), Some("openid a"));
    assert_eq!(tokens.authorization_details, Some(json(r#"[{"type":"account"}]"#)));
}

#[test]
fn c1_what_is_missing_null_or_empty_is_absent() {
    for members in [
        "",
        r#","expires_in":null,"refresh_token":null,"id_token":null,"scope":null,"authorization_details":null"#,
        r#","refresh_token":"","id_token":"","scope":"""#,
    ] {
        let tokens = granted(members);
        assert_eq!((tokens.lifetime, tokens.refresh_token, tokens.id_token, tokens.scope), (None, None, None, None));
        assert_eq!(tokens.authorization_details, None);
    }
}

#[test]
fn c1_the_token_type_is_bearer_or_dpop_in_any_case() {
    let token_type = |name: &str| {
        answer(200, &format!(r#"{{"access_token":"at","token_type":{name}}}"#)).map(|tokens| tokens.token_type)
    };
    for name in [r#""Bearer""#, r#""bearer""#, r#""BEARER""#] {
        assert_eq!(token_type(name), Ok(TokenType::Bearer));
    }
    for name in [r#""DPoP""#, r#""dpop""#] {
        assert_eq!(token_type(name), Ok(TokenType::Dpop));
    }
    for name in [r#""mac""#, r#""N_A""#, r#""""#, r#""Bearer ""#, "null", "1", r#"["Bearer"]"#] {
        assert_eq!(token_type(name).unwrap_err().error.code, ErrorCode::InvalidResponse, "{name}");
    }
    assert_eq!([TokenType::Bearer, TokenType::Dpop].map(TokenType::as_str), ["Bearer", "DPoP"]);
}

#[test]
fn c1_anything_else_is_an_invalid_response() {
    let with = |members: &str| [r#"{"access_token":"at","token_type":"Bearer","#, members, "}"].concat();
    for body in ["", "null", "[]", "<html>", "access_token=at&token_type=bearer"] {
        let failure = failure(200, body);
        assert_eq!((failure.kind, failure.error.code), (TRANSIENT, ErrorCode::InvalidResponse), "E6, {body}");
    }
    let bodies = [
        r#"{"access_token":"at"}"#.to_owned(),
        r#"{"token_type":"Bearer"}"#.to_owned(),
        r#"{"access_token":"","token_type":"Bearer"}"#.to_owned(),
        r#"{"access_token":null,"token_type":"Bearer"}"#.to_owned(),
        r#"{"access_token":1,"token_type":"Bearer"}"#.to_owned(),
        r#"{"access_token":["at"],"token_type":"Bearer"}"#.to_owned(),
        r#"{"access_token":"a\r\nb","token_type":"Bearer"}"#.to_owned(),
        r#"{"access_token":" \r\n","token_type":"Bearer"}"#.to_owned(),
        r#"{"access_token":"aéb","token_type":"Bearer"}"#.to_owned(),
        with(r#""refresh_token":1"#),
        with(r#""refresh_token":"a\tb""#),
        with(r#""id_token":{}"#),
        with(r#""scope":["openid",1]"#),
        with(r#""scope":{"openid":true}"#),
        with(r#""authorization_details":{}"#),
    ];
    for body in bodies {
        let failure = failure(200, &body);
        assert_eq!((failure.kind, failure.error.code), (FailureKind::Refused, ErrorCode::InvalidResponse), "{body}");
    }
    for status in [302, 400, 0] {
        assert_eq!(failure(status, &with(r#""a":1"#)).error.code, ErrorCode::TokenEndpoint, "{status}");
    }
}

#[test]
fn c1_every_success_with_such_a_body_is_one() {
    for status in [200, 201, 202, 203, 299] {
        let tokens = answer(status, r#"{"access_token":"at","token_type":"Bearer"}"#);
        assert_eq!(tokens.map(|tokens| tokens.access_token).as_deref(), Ok("at"), "{status}");
        assert_eq!(failure(status, r#"{"error":"invalid_grant"}"#).kind, FailureKind::SessionEnded, "{status}");
        assert_eq!(failure(status, "").error.code, ErrorCode::InvalidResponse, "{status}");
    }
}

#[test]
fn c1_white_space_after_a_token_is_dropped() {
    let body = r#"{"access_token":"at \t","token_type":"Bearer","refresh_token":"rt\r\n","id_token":"a.b.c\n\n"}"#;
    let tokens = answer(200, body).unwrap();
    let TokenResponse { access_token, refresh_token, id_token, .. } = *tokens;
    assert_eq!((&*access_token, refresh_token.as_deref(), id_token.as_deref()), ("at", Some("rt"), Some("a.b.c")));
    assert_eq!(granted(r#","refresh_token":" ","id_token":"\n""#).refresh_token, None, "nothing is left");
}

#[test]
fn c1_a_scope_may_be_a_list() {
    let scope = |scope: &str| granted(&[r#","scope":"#, scope].concat()).scope;
    assert_eq!(scope(r#"["openid","a","\u00e9"]"#).as_deref(), Some("openid a é"));
    assert_eq!(scope(r#"["openid a"]"#).as_deref(), Some("openid a"));
    assert_eq!((scope("[]"), scope(r#"[""]"#)), (None, None));
}

#[test]
fn c2_expires_in_is_a_number_or_digits_and_bounded() {
    let ten_years = 3653 * DAY;
    for (expires_in, lifetime) in [
        ("3600", Some(3_600_000)),
        (r#""3600""#, Some(3_600_000)),
        (r#""3600.9""#, Some(3_600_000)),
        ("0.5", Some(500)),
        ("0", None),
        ("-0.0", None),
        (r#""0""#, None),
        (r#""0.0""#, None),
        (r#""-0""#, None),
        ("0.0001", Some(0)),
        ("-1", Some(0)),
        (r#""-3600""#, Some(0)),
        ("-1e300", Some(0)),
        (r#""-99999999999999999999""#, Some(0)),
        ("1e300", Some(ten_years)),
        ("1e308", Some(ten_years)),
        (r#""1e308""#, None),
        (r#""NaN""#, None),
        ("315619200", Some(ten_years)),
        ("315619201", Some(ten_years)),
        ("315619199", Some(ten_years - 1000)),
        (r#""99999999999999999999999999""#, Some(ten_years)),
        (r#""""#, None),
        (r#""-""#, None),
        (r#""soon""#, None),
        (r#""1e3""#, None),
        (r#"" 60""#, None),
        (r#""60.""#, None),
        (r#"".5""#, None),
        ("true", None),
        ("[]", None),
        ("{}", None),
    ] {
        assert_eq!(granted(&[r#","expires_in":"#, expires_in].concat()).lifetime, lifetime, "{expires_in}");
    }
    assert_eq!(lifetime(&Json::Number(f64::NAN)), None);
    assert_eq!(lifetime(&Json::Number(f64::INFINITY)), Some(ten_years));
}

#[test]
fn c4_an_oauth_error_is_kept_as_inert_text() {
    let long = "d".repeat(600);
    let body = format!(
        r#"{{"error":"invalid_client\u0000\u202e","error_description":"a\r\n{long}","error_uri":"javascript:x"}}"#
    );
    let failure = failure(401, &body);
    assert_eq!((failure.kind, failure.error.code), (FailureKind::Refused, ErrorCode::TokenEndpoint));
    let oauth = failure.error.oauth.as_deref().unwrap();
    assert_eq!(oauth.error, "invalid_client");
    assert_eq!(oauth.description.as_deref().unwrap(), ["a", &long[..499]].concat());
    assert_eq!((oauth.uri.as_deref(), oauth.status), (Some("javascript:x"), Some(401)));
}

#[test]
fn c4_what_only_the_user_can_mend_ends_the_session() {
    for (status, error, kind) in [
        (400, "invalid_grant", FailureKind::SessionEnded),
        (401, "invalid_grant", FailureKind::SessionEnded),
        (403, "invalid_grant", FailureKind::SessionEnded),
        (200, "invalid_grant", FailureKind::SessionEnded),
        (400, "interaction_required", FailureKind::SessionEnded),
        (400, "login_required", FailureKind::SessionEnded),
        (401, "consent_required", FailureKind::SessionEnded),
        (403, "account_selection_required", FailureKind::SessionEnded),
        (404, "interaction_required", FailureKind::SessionEnded),
        (503, "interaction_required", TRANSIENT),
        (400, "Invalid_Grant", FailureKind::Refused),
        (400, "interaction_required ", FailureKind::Refused),
        (400, "invalid_request", FailureKind::Refused),
        (401, "invalid_request", FailureKind::Refused),
        (401, "invalid_client", FailureKind::Refused),
        (400, "unauthorized_client", FailureKind::Refused),
        (400, "unsupported_grant_type", FailureKind::Refused),
        (400, "invalid_scope", FailureKind::Refused),
        (400, "invalid_target", FailureKind::Refused),
        (400, "use_dpop_nonce", FailureKind::Refused),
        (400, "temporarily_unavailable", TRANSIENT),
        (400, "server_error", TRANSIENT),
        (500, "invalid_grant", TRANSIENT),
        (503, "temporarily_unavailable", TRANSIENT),
        (429, "slow_down", TRANSIENT),
    ] {
        let failure = failure(status, &format!(r#"{{"error":"{error}"}}"#));
        assert_eq!(failure.kind, kind, "{status} {error}");
        let code = if kind == TRANSIENT { ErrorCode::TemporarilyUnavailable } else { ErrorCode::TokenEndpoint };
        assert_eq!((failure.error.code, failure.error.retryable()), (code, kind == TRANSIENT));
        let expected = OAuthError { error: error.into(), status: Some(status), ..OAuthError::default() };
        assert_eq!(failure.error.oauth, Some(Box::new(expected)));
    }
}

#[test]
fn k3_without_an_oauth_error_the_status_decides() {
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        for body in ["", "<html>", "{}", "null", r#"{"error":1}"#] {
            let failure = failure(status, body);
            assert_eq!(
                (failure.kind, failure.error.code),
                (TRANSIENT, ErrorCode::TemporarilyUnavailable),
                "{status} {body}"
            );
            assert_eq!(failure.error.oauth, None);
        }
    }
    for status in [302, 400, 401, 403, 404, 405, 407, 409, 424, 426, 428, 430, 499, 600] {
        let portal = ["", "<html>", "[]", "error=invalid_grant&error_description=gone"];
        let gateway = ["{}", r#"{"message":"Unauthorized"}"#, r#"{"message":"Forbidden"}"#, r#"{"error":null}"#];
        let api = [r#"{"error":{"message":"x"}}"#, r#"{"error":{"code":"invalid_grant"}}"#, r#"{"error":400}"#];
        for body in portal.into_iter().chain(gateway).chain(api) {
            let failure = failure(status, body);
            assert_eq!(
                (failure.kind, failure.error.code),
                (TRANSIENT, ErrorCode::TokenEndpoint),
                "C4, {status} {body}"
            );
        }
    }
}

#[test]
fn a_success_that_is_an_error_is_an_error_and_tokens_win() {
    let both = answer(200, r#"{"access_token":"at","token_type":"Bearer","error":"invalid_grant"}"#);
    assert_eq!(both.unwrap().access_token, "at");
    let null = failure(200, r#"{"access_token":null,"error":"invalid_grant"}"#);
    assert_eq!(null.kind, FailureKind::SessionEnded);
}

#[test]
fn c4_no_answer_is_transient() {
    for (error, code) in [
        (TransportError::Network, ErrorCode::Network),
        (TransportError::Timeout, ErrorCode::Timeout),
        (TransportError::Unreadable, ErrorCode::Network),
    ] {
        let failure = process(Err(error), parse, NOW).unwrap_err();
        assert_eq!((failure.kind, failure.error.code, failure.error.retryable()), (TRANSIENT, code, true));
    }
}

#[test]
fn rfc_9110_section_10_2_3_retry_after_in_both_forms() {
    for (text, wait) in [
        ("120", Some(120_000)),
        (" 5\t", Some(5_000)),
        ("0", Some(0)),
        ("86400", Some(DAY)),
        ("86401", Some(DAY)),
        ("99999999999999999999999", Some(DAY)),
        ("Sat, 21 Nov 2026 00:00:30 GMT", Some(30_000)),
        ("Saturday, 21-Nov-26 00:00:30 GMT", Some(30_000)),
        ("Sat Nov 21 00:00:30 2026", Some(30_000)),
        ("Fri, 20 Nov 2026 23:59:59 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(DAY)),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1 2", None),
        ("soon", None),
        ("5s", None),
    ] {
        assert_eq!(retry_after(text, NOW), wait, "{text}");
    }
}

#[test]
fn e6_a_transient_failure_tells_when_to_come_back() {
    let waits = |status, retry_after: &str, date| {
        let response = Response { retry_after: Some(retry_after.into()), date, ..response(status, "") };
        process(Ok(Box::new(response)), parse, NOW).unwrap_err().kind
    };
    let wait = |millis| FailureKind::Transient { retry_after: Some(millis) };
    assert_eq!(waits(429, "5", None), wait(5_000));
    assert_eq!(waits(503, "Sat, 21 Nov 2026 00:00:30 GMT", None), wait(30_000));
    assert_eq!(waits(503, "nonsense", None), TRANSIENT);
    assert_eq!(waits(400, "5", None), wait(5_000), "no answer of the provider's own");
    let provider_is_a_day_behind = Some(NOW - DAY);
    assert_eq!(waits(503, "Fri, 20 Nov 2026 00:00:30 GMT", provider_is_a_day_behind), wait(30_000));
}

#[test]
fn j2_tokens_are_not_shown() {
    let tokens = granted(r#","refresh_token":"secret-rt","id_token":"secret-it","scope":"a""#);
    let shown = format!("{:?}", TokenResponse { access_token: "secret-at".into(), ..*tokens });
    assert!(
        !shown.contains("secret")
            && shown.contains("Bearer")
            && shown.contains("has_refresh_token: true, has_id_token: true"),
        "{shown}"
    );
    let request = refresh_request(ENDPOINT, "app", "secret-rt", None, None, &[]);
    assert!(!format!("{request:?}").contains("secret"));
}

proptest! {
    #[test]
    fn whatever_the_body_is_it_is_judged_without_a_panic(status: u16, body in r#"[{}\[\]":,a-z0-9_]{0,40}"#) {
        let _ = answer(status, &body);
    }

    #[test]
    fn c2_whatever_expires_in_is_the_lifetime_is_bounded(seconds: f64) {
        let lifetime = lifetime(&Json::Number(seconds));
        prop_assert!(lifetime.is_none_or(|lifetime| (0..=3653 * DAY).contains(&lifetime)));
    }
}
