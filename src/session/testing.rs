//! What the tests of this layer share.

use super::account::Account;
use super::proof_key::ProofKey;
use super::record::{Access, Record, Retry};
use super::target::{Target, TargetedToken};
use crate::protocol::error::{Error, ErrorCode, OAuthError};
use crate::protocol::json::Json;
use crate::protocol::jwks::Jwk;
use crate::protocol::token::{TokenResponse, TokenType};

pub(crate) const NAMESPACE: &str = "keyward";
/// When the access token of [`record`] was obtained; it is good for five minutes.
pub(crate) const OBTAINED: i64 = 1_000_000;
pub(crate) const LIFETIME: i64 = 300_000;

/// A record in which every member is there.
pub(crate) fn record() -> Record {
    let mut ended = Error::new(ErrorCode::TokenEndpoint, "it is over");
    let oauth = OAuthError {
        error: "invalid_grant".into(),
        description: Some("gone".into()),
        uri: Some("u".into()),
        status: Some(400),
    };
    ended.oauth = Some(Box::new(oauth));
    let target = Target { resource: None, scope: Some("openid".to_owned()) };
    Record {
        targeted: vec![TargetedToken::new(&target, None, "", access())],
        ended: Some(ended),
        attempted_at: Some(OBTAINED + 7),
        unlocked: true,
        retry: Some(Retry {
            failures: 2,
            since: OBTAINED + 8,
            at: OBTAINED + 9_000,
            code: ErrorCode::Timeout,
            refused_since: None,
        }),
        ..healthy()
    }
}

/// A record of a session that goes on by itself.
pub(crate) fn healthy() -> Record {
    Record {
        account: Account::new("default", "https://provider.example", "app", "alice").unwrap(),
        grant_id: "grant-1".to_owned(),
        generation: 3,
        signed_in_at: OBTAINED - 1,
        access: Some(access()),
        refresh_token: Some("the-refresh-token".to_owned()),
        id_token: Some("the-id-token".to_owned()),
        claims: Some(claims("alice")),
        session_expiry: None,
        scope: "openid profile".to_owned(),
        resource: Some("https://api.example".to_owned()),
        asked: None,
        targeted: Vec::new(),
        details: Some(Json::Array(vec![claims("alice")])),
        key: Some(proof_key()),
        ended: None,
        attempted_at: None,
        unlocked: false,
        retry: None,
    }
}

/// RFC 9449 section 4.1.
pub(crate) fn proof_key() -> ProofKey {
    let coordinates = [
        ("kty", "EC"),
        ("crv", "P-256"),
        ("x", "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"),
        ("y", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"),
    ];
    let public = Json::Object(coordinates.map(|(name, value)| (name.to_owned(), value.into())).to_vec());
    ProofKey { name: "keyward:proof:1".to_owned(), public: Jwk::from_json(&public).unwrap(), clock_offset: -3_000 }
}

pub(crate) fn access() -> Access {
    Access {
        token: "the-access-token".into(),
        token_type: TokenType::Bearer,
        obtained_at: OBTAINED,
        expires_at: Some(OBTAINED + LIFETIME),
    }
}

pub(crate) fn claims(subject: &str) -> Json {
    Json::Object(vec![("sub".to_owned(), subject.into())])
}

/// A response with nothing but what it must have.
pub(crate) fn response(access_token: &str) -> Box<TokenResponse> {
    Box::new(TokenResponse {
        access_token: access_token.to_owned(),
        token_type: TokenType::Bearer,
        lifetime: Some(LIFETIME),
        refresh_token: None,
        id_token: None,
        scope: None,
        authorization_details: None,
        date: None,
    })
}
