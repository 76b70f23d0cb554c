use super::*;
use crate::protocol::testing::{json, parse, token};

const NOW: Millis = 1_800_000_000_000;
const MINUTE: Millis = 60_000;
const HOUR: i64 = 3600;

const EXPECTED: Expectations = Expectations {
    issuer: "https://idp.example/",
    other_issuer: None,
    client_id: "app",
    other_audiences: false,
    nonce: Some("n-0S6_WzA2Mj"),
    max_age_seconds: None,
    acr_values: None,
    access_token: None,
    access_token_hash: None,
    algorithms: None,
    tolerance: MINUTE,
};

const GOOD: &[(&str, &str)] = &[
    ("iss", r#""https://idp.example/""#),
    ("sub", r#""248289761001""#),
    ("aud", r#""app""#),
    ("exp", "1800000300"),
    ("iat", "1800000000"),
    ("nonce", r#""n-0S6_WzA2Mj""#),
];

/// The good claims with some in place of their own; an empty value takes the claim out.
fn claims_with(changes: &[(&str, &str)]) -> String {
    let mut claims: Vec<(&str, &str)> = GOOD.to_vec();
    for change in changes {
        claims.retain(|(name, _)| *name != change.0);
        claims.push(*change);
    }
    let members: Vec<String> = claims
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!(r#""{name}":{value}"#))
        .collect();
    ["{", &members.join(","), "}"].concat()
}

fn compact(alg: &str, claims: &str) -> Compact {
    Compact::decode(&token(&format!(r#"{{"alg":"{alg}"}}"#), claims), parse).unwrap()
}

fn judge(expected: &Expectations, changes: &[(&str, &str)]) -> Result<Claims, Error> {
    validate(&compact("RS256", &claims_with(changes)), expected, NOW)
}

fn assert_refused(expected: &Expectations, changes: &[(&str, &str)], claim: &str) -> String {
    let error = judge(expected, changes).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidIdToken, "{changes:?}");
    assert!(error.message.contains(&["`", claim, "`"].concat()), "{changes:?}: {}", error.message);
    error.message.clone().into_owned()
}

fn assert_accepted(expected: &Expectations, changes: &[(&str, &str)]) -> Claims {
    judge(expected, changes).unwrap_or_else(|error| panic!("{changes:?}: {error}"))
}

#[test]
fn oidc_core_section_3_1_3_7_a_good_token_is_accepted() {
    let claims = assert_accepted(&EXPECTED, &[("name", r#""Ada""#), ("__proto__", r#"{"admin":true}"#)]);
    assert_eq!(claims.issuer(), "https://idp.example/");
    assert_eq!(claims.subject(), "248289761001");
    assert_eq!(claims.audience(), [Json::from("app")]);
    assert_eq!((claims.date("iat"), claims.date("exp")), (Some(NOW), Some(NOW + 300_000)));
    assert_eq!((claims.authorized_party(), claims.authentication_context()), (None, None));
    assert_eq!((claims.date("nbf"), claims.auth_time()), (None, None));
    assert_eq!(claims.nonce(), Some("n-0S6_WzA2Mj"));
    assert_eq!(claims.json.str("name"), Some("Ada"));
}

#[test]
fn d1_required_claims_are_there_and_of_their_type() {
    let wrong: &[(&str, &[&str])] = &[
        ("iss", &["", "null", "1", "[]", r#""""#, r#""https://idp.example""#, r#""https://IDP.example/""#]),
        ("sub", &["", "null", "248289761001", "[]", r#""""#]),
        (
            "aud",
            &[
                "",
                "null",
                "1",
                "[]",
                "{}",
                r#""""#,
                r#"[""]"#,
                r#""App""#,
                r#"["app",1]"#,
                r#"["app",null]"#,
                r#"[["app"]]"#,
            ],
        ),
        ("exp", &["", "null", r#""1800000300""#, "[]", "true"]),
        ("iat", &["", "null", r#""1800000000""#, "{}"]),
        ("nonce", &["", "null", "1", r#""""#, r#""N-0S6_WzA2Mj""#, r#""n-0S6_WzA2Mj ""#]),
    ];
    for (claim, values) in wrong {
        for value in *values {
            assert_refused(&EXPECTED, &[(claim, value)], claim);
        }
    }
}

#[test]
fn d1_another_issuer_counts_only_if_the_app_names_it() {
    let other = |other| Expectations { other_issuer: Some(other), ..EXPECTED };
    let google = other("idp.example");
    for iss in [r#""https://idp.example/""#, r#""idp.example""#] {
        assert_accepted(&google, &[("iss", iss)]);
    }
    for iss in [r#""IDP.example""#, r#""https://idp.example""#, r#""idp.example/""#, r#""""#] {
        assert_refused(&google, &[("iss", iss)], "iss");
    }
}

#[test]
fn d1_an_issuer_template_stands_for_the_tenant_that_the_token_names() {
    let entra = Expectations { other_issuer: Some("https://idp.example/{tenantid}/v2.0"), ..EXPECTED };
    let judged = |tenant: &str, iss: &str| {
        let (tenant, iss) = (if tenant.is_empty() { "" } else { &format!("\"{tenant}\"") }, format!("\"{iss}\""));
        judge(&entra, &[("tid", tenant), ("iss", &iss)]).is_ok()
    };
    assert!(judged("9188040d-6c67", "https://idp.example/9188040d-6c67/v2.0"));
    assert!(judged("9188040d-6c67", "https://idp.example/"));
    for (tenant, iss) in [
        ("", "https://idp.example//v2.0"),
        ("", "https://idp.example/{tenantid}/v2.0"),
        ("{tenantid}", "https://idp.example/{tenantid}/v2.0"),
        ("a", "https://idp.example/b/v2.0"),
        ("a/b", "https://idp.example/a/b/v2.0"),
        ("..", "https://idp.example/../v2.0"),
        ("a", "https://evil.example/a/v2.0"),
        ("a", "https://idp.example/a/v2.0/"),
        ("a", "https://idp.example/a/v2.0.evil.example"),
    ] {
        assert!(!judged(tenant, iss), "{tenant:?} {iss:?}");
    }
}

#[test]
fn d1_optional_claims_are_of_their_type() {
    for (claim, values) in [
        ("azp", ["true", "1", r#"["app"]"#]),
        ("nbf", ["true", r#""1800000000""#, "[]"]),
        ("auth_time", ["false", r#""1800000000""#, "{}"]),
        ("acr", ["{}", "0", r#"["a"]"#]),
        ("at_hash", ["{}", "1", "[]"]),
    ] {
        for value in values {
            assert_refused(&EXPECTED, &[(claim, value)], claim);
        }
    }
}

#[test]
fn d1_an_optional_claim_that_is_null_is_absent() {
    let nulls = ["azp", "nbf", "auth_time", "acr", "at_hash", "amr", "name"].map(|claim| (claim, "null"));
    let claims = assert_accepted(&Expectations { access_token_hash: Some(&[0; 32]), ..EXPECTED }, &nulls);
    assert_eq!((claims.authorized_party(), claims.authentication_context()), (None, None));
    assert_eq!((claims.auth_time(), claims.date("nbf")), (None, None));
    assert_eq!(claims.json.get("acr"), Some(&Json::Null), "the app sees what the provider said");
    assert_eq!(Claims::from_json(json(&claims.json.to_text())), Ok(claims), "and so it is read back");
    assert_accepted(&Expectations { nonce: None, ..EXPECTED }, &[("nonce", "null")]);
    // Where the claim was demanded, null is no answer.
    assert_refused(&EXPECTED, &[("nonce", "null")], "nonce");
    let of_age = Expectations { max_age_seconds: Some(60), ..EXPECTED };
    assert!(assert_refused(&of_age, &[("auth_time", "null")], "auth_time").contains("missing"));
    assert_refused(&Expectations { acr_values: Some(&[]), ..EXPECTED }, &[("acr", "null")], "acr");
    for claim in ["iss", "sub", "aud", "exp", "iat"] {
        assert!(assert_refused(&EXPECTED, &[(claim, "null")], claim).contains("missing"), "{claim}");
    }
}

#[test]
fn oidc_core_section_2_a_subject_has_at_most_255_characters() {
    let subject = |length| format!(r#""{}""#, "ü".repeat(length));
    assert_accepted(&EXPECTED, &[("sub", &subject(255))]);
    assert_refused(&EXPECTED, &[("sub", &subject(256))], "sub");
}

#[test]
fn d1_every_extra_audience_is_refused() {
    for audience in [r#"["app"]"#, r#"["app","app"]"#] {
        assert_accepted(&EXPECTED, &[("aud", audience)]);
    }
    for audience in [r#"["app","other"]"#, r#"["other","app"]"#, r#"["other"]"#, r#""other""#, r#""app other""#] {
        assert_refused(&EXPECTED, &[("aud", audience)], "aud");
        assert_refused(&EXPECTED, &[("aud", audience), ("azp", r#""app""#)], "aud");
    }
}

#[test]
fn d1_other_audiences_count_only_if_the_app_trusts_them() {
    let trusting = Expectations { other_audiences: true, ..EXPECTED };
    let several = ("aud", r#"["app","sibling","project"]"#);
    assert_refused(&EXPECTED, &[several, ("azp", r#""app""#)], "aud");
    let old = assert_accepted(&trusting, &[several, ("azp", r#""app""#)]);
    assert_accepted(&trusting, &[]);
    // That this client asked for it must be said, and it must be for this client.
    assert_refused(&trusting, &[several], "aud");
    assert_refused(&trusting, &[several, ("azp", r#""sibling""#)], "aud");
    assert_refused(&trusting, &[("aud", r#"["sibling"]"#), ("azp", r#""app""#)], "aud");
    // Another sibling has come meanwhile.
    let new = assert_accepted(&trusting, &[("aud", r#"["app","sibling","project","new"]"#), ("azp", r#""app""#)]);
    assert_eq!(contradict(Some(&old), &trusting, &new.json.to_text()), Ok(()));
    assert!(contradict(Some(&old), &EXPECTED, &new.json.to_text()).is_err());
}

#[test]
fn d1_the_authorized_party_is_this_client() {
    assert_accepted(&EXPECTED, &[("azp", r#""app""#)]);
    for party in [r#""other""#, r#""""#, r#""APP""#] {
        assert_refused(&EXPECTED, &[("azp", party)], "azp");
    }
}

#[test]
fn d1_times_are_judged_with_the_tolerance_and_say_clock() {
    let over = ["1799999940", "1799999939.9", "0", "-1", "-1e300"];
    for exp in over {
        assert!(assert_refused(&EXPECTED, &[("exp", exp)], "exp").contains("clock"));
    }
    for exp in ["1799999940.001", "1799999941", "1e300"] {
        assert_accepted(&EXPECTED, &[("exp", exp)]);
    }
    for claim in ["iat", "nbf"] {
        for future in ["1800000060.001", "1800000061", "1e300"] {
            assert!(assert_refused(&EXPECTED, &[(claim, future)], claim).contains("clock"));
        }
        for past in ["1800000060", "1700000000", "0"] {
            assert_accepted(&EXPECTED, &[(claim, past)]);
        }
    }
}

#[test]
fn d1_without_tolerance_a_token_ends_when_it_says() {
    let strict = Expectations { tolerance: 0, ..EXPECTED };
    assert_refused(&strict, &[("exp", "1800000000")], "exp");
    assert_accepted(&strict, &[("exp", "1800000000.001")]);
    assert_accepted(&strict, &[("iat", "1800000000"), ("nbf", "1800000000")]);
    assert_refused(&strict, &[("nbf", "1800000000.001")], "nbf");
}

#[test]
fn d1_max_age_needs_a_recent_auth_time() {
    let within = |max_age| Expectations { max_age_seconds: Some(max_age), ..EXPECTED };
    assert!(!assert_refused(&within(HOUR), &[], "auth_time").is_empty());
    for (max_age, auth_time) in
        [(HOUR, "1799996340"), (HOUR, "1799996340.5"), (HOUR, "1800000060"), (0, "1799999940"), (i64::MAX, "0")]
    {
        let claims = assert_accepted(&within(max_age), &[("auth_time", auth_time)]);
        assert_eq!(claims.auth_time(), auth_time.parse().ok());
    }
    for (max_age, auth_time) in
        [(HOUR, "1799996339.9"), (HOUR, "0"), (HOUR, "1800000060.1"), (0, "1799999939"), (HOUR, "1e300")]
    {
        assert!(assert_refused(&within(max_age), &[("auth_time", auth_time)], "auth_time").contains("clock"));
    }
    assert_accepted(&EXPECTED, &[("auth_time", "0")]);
}

#[test]
fn d1_a_nonce_that_was_not_sent_is_not_compared() {
    let refresh = Expectations { nonce: None, ..EXPECTED };
    assert_accepted(&refresh, &[]);
    assert_accepted(&refresh, &[("nonce", "")]);
    assert_refused(&refresh, &[("nonce", "1")], "nonce");
}

#[test]
fn d1_an_essential_acr_is_one_of_those_asked_for() {
    let values = ["loa2".to_owned(), "loa3".to_owned()];
    let essential = |values| Expectations { acr_values: Some(values), ..EXPECTED };
    let two = essential(&values);
    assert_accepted(&two, &[("acr", r#""loa2""#)]);
    assert_accepted(&two, &[("acr", r#""loa3""#)]);
    for acr in ["", r#""""#, r#""0""#, r#""loa1""#, r#""LOA2""#, r#""loa2 loa3""#] {
        assert_refused(&two, &[("acr", acr)], "acr");
    }
    assert_accepted(&essential(&[]), &[("acr", r#""any""#)]);
    assert_refused(&essential(&[]), &[], "acr");
    assert_accepted(&EXPECTED, &[("acr", r#""any""#)]);
}

#[test]
fn d2_the_algorithm_is_one_that_the_metadata_lists() {
    let claims = claims_with(&[]);
    let listed = Expectations { algorithms: Some(&[Algorithm::Es256, Algorithm::Ps256]), ..EXPECTED };
    assert!(validate(&compact("PS256", &claims), &listed, NOW).is_ok());
    for (alg, algorithms) in [("RS256", listed.algorithms), ("RS256", Some(&[][..]))] {
        let error = validate(&compact(alg, &claims), &Expectations { algorithms, ..EXPECTED }, NOW).unwrap_err();
        assert!(error.message.contains("`alg`"));
    }
    assert!(validate(&compact("RS512", &claims), &EXPECTED, NOW).is_ok());
}

/// OpenID Connect Core appendix A.3 and the same access token with the longer hashes.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const HASHES: [(&str, &str); 10] = [
    ("RS256", "77QmUPtjPfzWtF2AnpK9RQ"),
    ("PS256", "77QmUPtjPfzWtF2AnpK9RQ"),
    ("ES256", "77QmUPtjPfzWtF2AnpK9RQ"),
    ("RS384", "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs"),
    ("PS384", "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs"),
    ("ES384", "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs"),
    ("RS512", "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"),
    ("PS512", "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"),
    ("ES512", "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"),
    ("EdDSA", "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"),
];

fn hash_of(alg: &str, access_token: &str) -> Vec<u8> {
    compact(alg, "{}").header.alg.hash().digest(access_token.as_bytes())
}

#[test]
fn oidc_core_appendix_a_3_at_hash_of_every_algorithm() {
    for (alg, hash) in HASHES {
        let whole = hash_of(alg, ACCESS_TOKEN);
        let expected = Expectations { access_token_hash: Some(&whole), ..EXPECTED };
        let judge =
            |hash: &str| validate(&compact(alg, &claims_with(&[("at_hash", &format!(r#""{hash}""#))])), &expected, NOW);
        assert!(judge(hash).is_ok(), "{alg}");
        for (_, other) in HASHES.iter().filter(|(_, other)| *other != hash) {
            assert!(judge(other).is_err(), "{alg} {other}");
        }
        for other in ["", &[hash, "="].concat(), &hash[1..], &hash.to_lowercase()] {
            let message = judge(other).unwrap_err().message.clone();
            assert!(message.contains("`at_hash`"), "{alg} {other}");
        }
    }
}

#[test]
fn d1_at_hash_is_optional_and_is_of_the_token_that_came_along() {
    let another = hash_of("RS256", "another");
    let expected = Expectations { access_token_hash: Some(&another), ..EXPECTED };
    assert_accepted(&expected, &[]);
    assert_refused(&expected, &[("at_hash", r#""77QmUPtjPfzWtF2AnpK9RQ""#)], "at_hash");
    assert_accepted(&EXPECTED, &[("at_hash", r#""77QmUPtjPfzWtF2AnpK9RQ""#)]);
}

fn claims(changes: &[(&str, &str)]) -> Claims {
    Claims::from_json(json(&claims_with(changes))).unwrap()
}

fn contradict(old: Option<&Claims>, expected: &Expectations, claims: &str) -> Result<(), Error> {
    contradiction(&compact("RS256", claims), old, "248289761001", expected)
}

/// What comes of a refresh, after a good signature: whether the session ends, or else whether the claims are taken.
fn refresh(old: &[(&str, &str)], new: &[(&str, &str)]) -> (Result<(), Error>, Result<Claims, Error>) {
    let (old, new) = (claims(old), claims_with(new));
    let taken = validate_refreshed(&compact("RS256", &new), Some(&old), &EXPECTED, NOW);
    (contradict(Some(&old), &EXPECTED, &new), taken)
}

#[test]
fn d4_oidc_core_section_12_2_another_user_on_refresh_is_a_subject_mismatch() {
    for others in [&[("sub", r#""other""#)][..], &[("sub", r#""other""#), ("iss", r#""https://evil.example""#)]] {
        assert_eq!(refresh(&[], others).0.unwrap_err().code, ErrorCode::SubjectMismatch);
        assert_eq!(
            contradict(None, &EXPECTED, &claims_with(others)).unwrap_err().code,
            ErrorCode::SubjectMismatch,
            "whether the claims from before are known or not"
        );
    }
}

#[test]
fn d4_oidc_core_section_12_2_a_refresh_that_contradicts_who_it_is_for_ends_the_session() {
    let another = hash_of("RS256", "another");
    let bound = Expectations { access_token_hash: Some(&another), ..EXPECTED };
    for (claim, value) in [
        ("iss", r#""https://evil.example""#),
        ("iss", ""),
        ("iss", "null"),
        ("iss", "1"),
        ("sub", ""),
        ("sub", "1"),
        ("aud", r#"["app","other"]"#),
        ("aud", r#""other""#),
        ("aud", "[]"),
        ("aud", ""),
        ("at_hash", r#""77QmUPtjPfzWtF2AnpK9RQ""#),
    ] {
        for old in [None, Some(&claims(&[]))] {
            let error = contradict(old, &bound, &claims_with(&[(claim, value)])).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidIdToken, "{claim} {value}");
            assert!(error.message.contains(&["`", claim, "`"].concat()), "{claim} {value}: {error}");
        }
    }
    // Nor may what was trusted at the sign-in change.
    let two = claims(&[("aud", r#"["app","other"]"#)]);
    assert!(contradict(Some(&two), &EXPECTED, &claims_with(&[])).is_err());
    let other = Expectations { other_issuer: Some("https://other.example"), ..EXPECTED };
    let of_other = claims_with(&[("iss", r#""https://other.example""#)]);
    assert!(contradict(Some(&claims(&[])), &other, &of_other).is_err());
    assert_eq!(contradict(None, &other, &of_other), Ok(()));
}

#[test]
fn d4_another_azp_auth_time_or_nonce_ends_nothing_and_the_old_claims_stay() {
    let old = &[("auth_time", "1799990000"), ("azp", r#""app""#)];
    for (claim, value) in [
        ("azp", r#""other""#),
        ("azp", "1"),
        ("auth_time", "1799990001"),
        ("auth_time", "1799989999"),
        ("auth_time", r#""1799990000""#),
        ("nonce", r#""other""#),
        ("nonce", r#""""#),
        ("nonce", "1"),
        ("exp", "1700000000"),
        ("exp", ""),
        ("iat", "1900000000"),
        ("iat", "null"),
        ("nbf", "1900000000"),
        ("acr", "1"),
    ] {
        let (ends, taken) = refresh(old, &[old.as_slice(), &[(claim, value)]].concat());
        assert_eq!(ends, Ok(()), "{claim} {value}");
        let doubt = taken.unwrap_err();
        assert_eq!(doubt.code, ErrorCode::InvalidIdToken);
        assert!(doubt.message.contains(&["`", claim, "`"].concat()), "{claim} {value}: {doubt}");
    }
}

#[test]
fn d4_with_a_max_age_the_time_of_authentication_stays_the_same() {
    let old = claims(&[("auth_time", "1799990000.25")]);
    let asked = Expectations { max_age_seconds: Some(3600), ..EXPECTED };
    for (auth_time, same) in [
        ("1799990000.25", true),
        ("1799990000", true),
        ("1799990001", true),
        ("", true),
        ("null", true),
        ("1799990001.25", false),
        ("1799989999", false),
        ("1900000000", false),
        (r#""1799990000""#, false),
    ] {
        let new = claims_with(&[("auth_time", auth_time)]);
        let judged = contradict(Some(&old), &asked, &new);
        assert_eq!(judged.is_ok(), same, "{auth_time}");
        assert_eq!(
            contradict(Some(&old), &EXPECTED, &new),
            Ok(()),
            "{auth_time}: without a max_age nothing of it ends anything"
        );
    }
    // How long ago that was, is no matter by now.
    let taken =
        validate_refreshed(&compact("RS256", &claims_with(&[("auth_time", "1799990000")])), Some(&old), &asked, NOW);
    assert!(taken.is_ok(), "{taken:?}");
}

#[test]
fn d4_the_token_from_before_does_not_come_again() {
    for (iat, sound) in
        [("1800000001", true), ("1800000000", true), ("1799999940", true), ("1799999939.999", false), ("0", false)]
    {
        let (ends, taken) = refresh(&[("iat", "1800000000")], &[("iat", iat)]);
        assert_eq!((ends, taken.is_ok()), (Ok(()), sound), "{iat}: a minute is a matter of clocks");
        assert!(taken.err().is_none_or(|doubt| doubt.message.contains("`iat`")));
    }
}

#[test]
fn d4_k1_what_may_change_on_refresh() {
    let old = &[("auth_time", "1799990000.25")];
    for changes in [
        &[("iat", "1800000060"), ("exp", "1800000400"), ("name", r#""New name""#)][..],
        &[("auth_time", "1799990000")],
        &[("auth_time", "1799990001")],
        &[("auth_time", "")],
        &[("nonce", "")],
        &[("nonce", "null")],
        &[("azp", r#""app""#)],
        &[("aud", r#"["app"]"#)],
    ] {
        let (ends, taken) = refresh(old, changes);
        assert_eq!((ends, taken), (Ok(()), Ok(claims(changes))), "{changes:?}");
    }
    let (ends, taken) = refresh(&[("nonce", "")], &[("auth_time", "1"), ("acr", r#""any""#)]);
    assert!(ends.is_ok() && taken.is_ok());
}

#[test]
fn stored_claims_are_read_back() {
    let old =
        claims(&[("auth_time", "1799990000.25"), ("nbf", "1799990000"), ("acr", r#""loa2""#), ("azp", r#""app""#)]);
    assert_eq!(Claims::from_json(json(&old.json.to_text())), Ok(old.clone()));
    assert_eq!((old.date("nbf"), old.authentication_context()), (Some(1_799_990_000_000), Some("loa2")));
    assert!(Claims::from_json(Json::Null).is_err());
}

#[test]
fn e10_the_clock_offset_is_learned_from_the_date_or_else_from_iat() {
    let issued = |iat: &str| json(&format!(r#"{{"iat":{iat}}}"#));
    let year = 365 * 24 * 60 * MINUTE;
    for (iat, date, local, offset) in [
        ("1800000000", None, NOW, 0),
        ("1800000000", None, NOW - MINUTE, 0),
        ("1800000000", None, NOW + MINUTE, 0),
        ("1800000000", None, NOW - MINUTE - 1, MINUTE + 1),
        ("1800000000", None, NOW + MINUTE + 1, -MINUTE - 1),
        ("1800000000", None, NOW - year, year),
        ("1800000000", None, NOW + 2 * year, -2 * year),
        ("1800000000.5", None, NOW - year, year + 500),
        ("0", Some(NOW), NOW - year, year),
        ("0", Some(NOW), NOW, 0),
        ("1e300", None, NOW, 3653 * 24 * 60 * MINUTE),
        ("-1e300", None, NOW, -3653 * 24 * 60 * MINUTE),
        ("1800000000", None, i64::MIN, 3653 * 24 * 60 * MINUTE),
        (r#""1800000000""#, None, 0, 0),
        ("null", Some(NOW), NOW - year, year),
    ] {
        assert_eq!(learn_offset(&issued(iat), date, local), offset, "{iat} {date:?} {local}");
    }
    assert_eq!(learn_offset(&Json::Null, None, NOW), 0);
}

/// A record holds them one level further in, and must be readable after a reload.
#[test]
fn f1a_claims_are_nested_no_deeper_than_a_record_can_hold() {
    let nested = |depth: usize| claims_with(&[("x_deep", &["[".repeat(depth), "]".repeat(depth)].concat())]);
    assert!(Claims::from_json(json(&nested(98))).is_ok());
    assert!(parse(&["{\"claims\":", &nested(98), "}"].concat()).is_some());
    let refused = Claims::from_json(json(&nested(99))).unwrap_err();
    assert_eq!((refused.code, refused.message.contains("deeply")), (ErrorCode::InvalidIdToken, true));
}
