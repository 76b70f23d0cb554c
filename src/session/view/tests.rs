use super::*;
use crate::protocol::error::{ErrorCode, OAuthError};
use crate::protocol::json::parse;
use crate::session::record::Retry;
use crate::session::testing::{LIFETIME, NAMESPACE, OBTAINED, claims, healthy, record as complete};

fn app() -> Json {
    configuration([("default", Some("https://provider.example"), "app")].into_iter())
}

/// With a bearer token.
fn bearer() -> Record {
    Record { key: None, ..healthy() }
}

fn of(subject: &str) -> Record {
    let account = Account::new("default", "https://provider.example", "app", subject).unwrap();
    Record { account, claims: Some(claims(subject)), grant_id: ["grant of ", subject].concat(), ..bearer() }
}

fn viewed(records: &[Record]) -> String {
    encode(&app(), &records.iter().cloned().map(Rc::new).collect::<Vec<_>>(), true, true).unwrap()
}

fn shown(text: &str) -> Result<Vec<Record>, Corrupt> {
    decode(text, &app(), parse)
}

#[test]
fn the_form_is_the_one_that_the_package_reads() {
    let text = viewed(&[bearer()]);
    let expected = r#"{"v":1,"for":[["default","https://provider.example","app"]],"sessions":[{"provider":"default","issuer":"https://provider.example","subject":"alice","clientId":"app","claims":{"sub":"alice"},"scope":["openid","profile"],"authorizationDetails":[{"sub":"alice"}],"expiresAt":1300000,"status":"active","error":null}],"grants":[{"id":"grant-1","generation":3,"signedIn":999999,"obtained":1000000}],"token":"the-access-token","from":1000000,"until":1270000}"#;
    assert_eq!(text, expected);
}

#[test]
fn no_refresh_token_and_no_id_token_is_in_a_view() {
    for record in [bearer(), Record { ended: complete().ended, ..bearer() }] {
        let text = viewed(&[record, of("bob")]);
        for secret in ["the-refresh-token", "the-id-token"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn a_view_without_a_token_says_until_when_it_may_be_shown() {
    let text = encode(&app(), &[Rc::new(bearer())], true, false).unwrap();
    assert!(!text.contains("the-access-token") && text.contains(r#""from":1000000,"until":1270000"#), "{text}");
    let record = shown(&text).unwrap().remove(0);
    assert!(record.access.unwrap().is_elsewhere(), "it is known that there is one");
}

#[test]
fn only_the_active_ones_token_is_in_a_view() {
    let mut bob = of("bob");
    bob.access.as_mut().unwrap().token = "bobs-token".into();
    let records = shown(&viewed(&[bearer(), bob])).unwrap();
    let tokens: Vec<_> = records.iter().map(|record| record.access.as_ref().unwrap().token.to_string()).collect();
    assert_eq!(tokens, ["the-access-token", ""]);
    assert!(!records[1].access.as_ref().unwrap().is_valid(OBTAINED), "what is not there is not handed out");
}

#[test]
fn a_token_that_needs_a_proof_or_whose_session_has_ended_is_in_no_view() {
    let mut dpop = bearer();
    dpop.access.as_mut().unwrap().token_type = TokenType::Dpop;
    for record in [healthy(), dpop, Record { ended: complete().ended, ..bearer() }] {
        let text = viewed(&[record]);
        assert!(!text.contains("the-access-token") && !text.contains("until"), "{text}");
        assert_eq!(shown(&text).unwrap().len(), 1, "but the session is");
    }
}

#[test]
fn what_a_view_shows_is_what_an_app_sees_of_the_record() {
    let without_openid = Record { claims: None, details: None, scope: String::new(), ..of("carol") };
    let mut unknown = of("dave");
    unknown.access.as_mut().unwrap().expires_at = None;
    let records = [bearer(), Record { ended: complete().ended, ..of("bob") }, without_openid, unknown];
    let known = shown(&viewed(&records)).unwrap();
    for (record, known) in records.iter().zip(&known) {
        assert_eq!((&record.claims, &record.details, &record.ended), (&known.claims, &known.details, &known.ended));
        assert_eq!((&record.scope, record.expires_at()), (&known.scope, known.expires_at()));
        assert_eq!(record.account.key(NAMESPACE), known.account.key(NAMESPACE));
        assert_eq!((record.grant_id(), record.generation), (known.grant_id(), known.generation));
        assert_eq!(record.signed_in_at, known.signed_in_at);
        assert_eq!((known.refresh_token.as_deref(), known.id_token.as_deref()), (None, None));
    }
}

#[test]
fn a_view_says_no_more_than_that_there_is_something_if_a_back_off_lasts_or_a_record_is_not_stored() {
    let retry = Some(Retry { failures: 1, since: 0, at: 9, code: ErrorCode::Timeout, refused_since: None });
    let backing_off = [Rc::new(bearer()), Rc::new(Record { retry, ..of("bob") })];
    let vague = r#"{"v":1,"for":[["default","https://provider.example","app"]]}"#;
    assert_eq!(encode(&app(), &backing_off, true, true).as_deref(), Some(vague));
    assert_eq!(encode(&app(), &[Rc::new(bearer())], false, true).as_deref(), Some(vague));
    assert_eq!(shown(vague).err(), Some(Corrupt));
    assert_eq!(encode(&app(), &[], true, true), None);
}

#[test]
fn the_bound_is_the_one_of_a_call_without_options() {
    use crate::session::demand::Demand;
    for lifetime in [Some(LIFETIME), Some(40_000), Some(1_000), Some(1), Some(0), None] {
        let mut record = bearer();
        let access = record.access.as_mut().unwrap();
        access.expires_at = lifetime.map(|lifetime| OBTAINED + lifetime);
        let json = parse(&viewed(&[record.clone()])).unwrap();
        let bound = |name| json.get(name).and_then(Json::as_i64).unwrap();
        for now in [OBTAINED, (bound("until") - 1).max(OBTAINED), bound("until"), bound("until") + 1] {
            let is_met = Demand::default().met_by(&record, None, now).is_some();
            // One millisecond is on the safe side.
            let at_the_bound = now == bound("until") || lifetime.is_none();
            assert!((bound("from")..bound("until")).contains(&now) == is_met || at_the_bound, "{lifetime:?} {now}");
        }
    }
}

#[test]
fn f5_anything_else_is_no_view() {
    let good = viewed(&[bearer()]);
    assert_eq!(shown(&good).map(|records| records.len()), Ok(1));
    let other = configuration([("default", Some("https://provider.example"), "another")].into_iter());
    assert_eq!(decode(&good, &other, parse).err(), Some(Corrupt));
    let spoilt = [
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\":\"1\""),
        ("\"sessions\":[{", "\"sessions\":[],\"x\":[{"),
        ("\"sessions\":[", "\"sessions\":[7,"),
        ("\"grants\":[{", "\"grants\":[{},{"),
        ("\"subject\":\"alice\"", "\"subject\":\"\""),
        ("\"subject\":\"alice\"", "\"subject\":7"),
        ("\"scope\":[", "\"scope\":[null,"),
        ("\"scope\":[\"openid\",\"profile\"]", "\"scope\":\"openid\""),
        ("\"claims\":{\"sub\":\"alice\"}", "\"claims\":[]"),
        ("\"authorizationDetails\":[{\"sub\":\"alice\"}]", "\"authorizationDetails\":{}"),
        ("\"expiresAt\":1300000", "\"expiresAt\":\"1300000\""),
        ("\"error\":null", "\"error\":{}"),
        ("\"error\":null", "\"error\":{\"stored\":{\"code\":\"nonsense\",\"message\":\"\"}}"),
        ("\"id\":\"grant-1\"", "\"id\":1"),
        ("\"generation\":3", "\"generation\":0.5"),
        ("\"signedIn\":999999", "\"signedIn\":null"),
        ("\"obtained\":1000000", "\"obtained\":true"),
        ("\"token\":\"the-access-token\"", "\"token\":{}"),
    ];
    for (right, wrong) in spoilt {
        assert!(good.contains(right), "{right}");
        assert_eq!(shown(&good.replacen(right, wrong, 1)).err(), Some(Corrupt), "{wrong}");
    }
    for text in ["", "null", "[]", "7", "{", "{\"v\":1}"] {
        assert_eq!(shown(text).err(), Some(Corrupt), "{text}");
    }
}

#[test]
fn the_end_of_a_session_comes_through() {
    let mut error = Error::new(ErrorCode::TokenEndpoint, "over");
    let oauth = OAuthError { error: "invalid_grant".into(), description: None, uri: None, status: Some(400) };
    error.oauth = Some(Box::new(oauth));
    let ended = Record { ended: Some(error.clone()), ..bearer() };
    let text = viewed(&[ended]);
    assert_eq!(shown(&text).unwrap()[0].ended, Some(error));
    let json = parse(&text).unwrap();
    let session = &json.get("sessions").unwrap().elements().unwrap()[0];
    assert_eq!(session.str("status"), Some("reauth_required"));
    let error = session.get("error").unwrap();
    assert_eq!((error.str("code"), error.str("message")), (Some("token_endpoint"), Some("over")));
    assert_eq!(error.get("oauth").unwrap().str("error"), Some("invalid_grant"));
}

#[test]
fn e1_a_view_is_good_no_longer_than_the_provider_allows_the_sessions_in_it() {
    let until = |records: &[Record]| parse(&viewed(records)).unwrap().get("until").and_then(Json::as_i64);
    let bounded = |at, record: Record| Record { session_expiry: Some(at), ..record };
    let end = OBTAINED + 5_000;
    assert_eq!(until(&[bounded(end, bearer())]), Some(end));
    assert_eq!(
        until(&[bearer(), bounded(end, of("bob"))]),
        Some(end),
        "also of one that is shown beside the active one"
    );
    let over = bounded(end, Record { ended: complete().ended, ..of("bob") });
    assert_eq!(until(&[bearer(), over]), until(&[bearer()]), "what is over is shown so");
    let shown = shown(&viewed(&[bounded(end, bearer())])).unwrap();
    assert_eq!(shown[0].session_expiry, Some(end), "whoever starts from it knows it");
}
