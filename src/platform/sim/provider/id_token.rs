//! ID tokens and the key that they are signed with. The signature is a keyed hash that `Tab::verify` knows how to
//! check: real ones are the business of WebCrypto, which there is none of here.

use super::{Grant, object};
use crate::protocol::jose::HashKind;
use crate::protocol::json::Json;
use crate::protocol::{Millis, base64url};

const KEY_ID: &str = "key-1";

pub(super) fn issue(
    issuer: &str,
    grant: &Grant,
    access_token: &str,
    session_expiry: Option<Millis>,
    now: Millis,
) -> String {
    let hash = HashKind::Sha256.digest(access_token.as_bytes());
    let (half, _) = hash.split_at(hash.len() / 2);
    let header = object([("alg", "ES256".into()), ("kid", KEY_ID.into()), ("typ", "JWT".into())]);
    let claims = object([
        ("iss", issuer.into()),
        ("sub", grant.user.as_str().into()),
        ("aud", grant.client_id.as_str().into()),
        ("iat", (now / 1000).into()),
        ("exp", (now / 1000 + 600).into()),
        ("auth_time", (grant.signed_in_at / 1000).into()),
        ("session_expiry", session_expiry.map(|at| Json::Number(at as f64 / 1_000.0)).unwrap_or_default()),
        ("nonce", grant.nonce.clone().into()),
        ("at_hash", base64url::encode(half).into()),
    ]);
    let signed = [header, claims].map(|part| base64url::encode(part.to_text().as_bytes())).join(".");
    let signature = signature(&coordinate(issuer, "x"), signed.as_bytes());
    [&signed, ".", &base64url::encode(&signature)].concat()
}

pub(super) fn key_set(issuer: &str) -> Json {
    let key = object([
        ("kty", "EC".into()),
        ("crv", "P-256".into()),
        ("kid", KEY_ID.into()),
        ("alg", "ES256".into()),
        ("use", "sig".into()),
        ("x", coordinate(issuer, "x").into()),
        ("y", coordinate(issuer, "y").into()),
    ]);
    object([("keys", Json::Array(vec![key]))])
}

/// The public half of a key that a page makes, of which `signature` knows the private one.
pub(in crate::platform::sim) fn public_key(id: &[u8]) -> Json {
    let half = |name: &[u8]| base64url::encode(&HashKind::Sha256.digest(&[id, name].concat()));
    object([("crv", "P-256".into()), ("kty", "EC".into()), ("x", half(b"x").into()), ("y", half(b"y").into())])
}

/// What stands for a signature by the key with that coordinate.
pub(in crate::platform::sim) fn signature(x: &str, signed: &[u8]) -> Vec<u8> {
    HashKind::Sha256.digest(&[x.as_bytes(), b".", signed].concat())
}

fn coordinate(issuer: &str, name: &str) -> String {
    base64url::encode(&HashKind::Sha256.digest([issuer, name].concat().as_bytes()))
}
