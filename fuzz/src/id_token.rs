//! An ID token: the token itself, or a line with its header and then its payload, which are encoded here.

use super::check::{ISSUER, NOW, text};
use keyward::platform::sim::parse_json;
use keyward::protocol::base64url;
use keyward::protocol::id_token::{Claims, Expectations, contradiction, learn_offset, validate, validate_refreshed};
use keyward::protocol::jose::{Compact, MAX_TOKEN};

const CLIENT: &str = "app";
const TOLERANCE: i64 = 60_000;

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let encoded = text.split_once('\n').map(|(header, payload)| {
        [header, payload, "signature"].map(|part| base64url::encode(part.as_bytes())).join(".")
    });
    let token = encoded.as_deref().unwrap_or(text);
    let Ok(compact) = Compact::decode(token, parse_json) else { return };
    assert!(token.len() <= MAX_TOKEN);
    let signature = base64url::encode(&compact.signature);
    assert_eq!([compact.signing_input.as_str(), &signature].join("."), token, "D2: one text, one token");
    assert!(compact.payload.members().is_some());
    let offset = learn_offset(&compact.payload, None, NOW);
    assert!(offset == 0 || (60_000..=3653 * 86_400_000).contains(&offset.abs()), "E10");
    check_claims(&compact);
}

fn check_claims(compact: &Compact) {
    let expected = Expectations { issuer: ISSUER, client_id: CLIENT, tolerance: TOLERANCE, ..Expectations::default() };
    let Ok(claims) = validate(compact, &expected, NOW) else { return };
    assert_eq!(claims.issuer(), ISSUER, "D1");
    assert!(
        !claims.audience().is_empty() && claims.audience().iter().all(|audience| audience.as_str() == Some(CLIENT)),
        "D1"
    );
    assert!(claims.authorized_party().is_none_or(|party| party == CLIENT), "D1");
    assert!(!claims.subject().is_empty(), "F1");
    assert!(claims.date("exp") > Some(NOW - TOLERANCE) && claims.date("iat") <= Some(NOW + TOLERANCE), "D1");
    let again = Claims::from_json(claims.json.clone()).expect("what was accepted once is accepted again");
    assert_eq!(again, claims);
    assert_eq!(contradiction(compact, Some(&claims), claims.subject(), &expected), Ok(()), "D4: nothing changed");
    assert_eq!(validate_refreshed(compact, Some(&claims), &expected, NOW), Ok(again), "D4: nothing changed");
    let with_nonce = Expectations { nonce: Some("never sent by anybody"), ..expected };
    assert!(validate(compact, &with_nonce, NOW).is_err(), "D1: nonce");
}
