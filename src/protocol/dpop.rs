//! DPoP: proofs that a request comes from whoever holds the private key (RFC 9449), always with ES256. Signatures are made
//! elsewhere, with a key that no script can read.

use super::error::{Error, ErrorCode, OAuthError};
use super::http::Response;
use super::json::{Json, Parser};
use super::jwks::Jwk;
use super::token::{TokenResponse, TokenType};
use super::{Millis, base64url, url};
use crate::prelude::*;
use sha2::{Digest as _, Sha256};

/// Longer nonces are not kept.
const MAX_NONCE: usize = 512;

/// What one proof says. Each is for one request.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    /// The public half of the key.
    pub key: &'a Jwk,
    /// The request's method, as it is sent.
    pub method: &'a str,
    /// The request's URL; query and fragment are left out of the proof.
    pub url: &'a str,
    /// Now, at the server.
    pub issued_at: Millis,
    /// `jti`: never the same twice.
    pub id: &'a str,
    /// The last nonce that the server gave.
    pub nonce: Option<&'a str>,
    /// The access token that goes along, to a resource.
    pub access_token: Option<&'a str>,
}

impl Proof<'_> {
    /// What is to be signed (section 4.2); [`complete`] adds the signature.
    pub fn signing_input(&self) -> String {
        let header = [("typ", "dpop+jwt".into()), ("alg", "ES256".into()), ("jwk", self.key.json.clone())];
        let hash = self.access_token.map(|token| base64url::encode(&Sha256::digest(token.as_bytes())));
        let payload = [
            ("jti", self.id.into()),
            ("htm", self.method.into()),
            ("htu", url::page(self.url).into()),
            ("iat", self.issued_at.div_euclid(1000).into()),
            ("ath", hash.into()),
            ("nonce", self.nonce.into()),
        ];
        [part(&header), ".".to_owned(), part(&payload)].concat()
    }
}

/// The value of the `DPoP` header field.
pub fn complete(mut signing_input: String, signature: &[u8]) -> String {
    signing_input.push('.');
    signing_input.push_str(&base64url::encode(signature));
    signing_input
}

/// The nonce, if it is one (section 8.1).
pub fn nonce(text: &str) -> Option<&str> {
    let sound = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'\\');
    (!text.is_empty() && text.len() <= MAX_NONCE && text.bytes().all(sound)).then_some(text)
}

/// Whether the provider wants the same again with a nonce (section 8), and nothing else.
pub fn wants_nonce(response: &Response, parse: Parser) -> bool {
    matches!(response.status, 400 | 401)
        && parse(&response.body).is_some_and(|body| body.str("error") == Some("use_dpop_nonce"))
}

/// Section 8 demands the header, and a page reads it only if CORS exposes it: nothing else can help.
pub fn hidden_nonce(code: ErrorCode, status: u16) -> Error {
    let message = "a DPoP nonce is demanded that this page cannot read: the server must name DPoP-Nonce in \
                   Access-Control-Expose-Headers";
    let mut error = Error::new(code, message);
    error.oauth = Some(Box::new(OAuthError::inert("use_dpop_nonce", None, None, Some(status))));
    error
}

/// Refuses a token of another kind than the one that was asked for: a bound one without a key, or one that anybody can use
/// where it must be bound (section 5).
pub fn check(response: &TokenResponse, has_key: bool, required: bool) -> Result<(), Error> {
    let (code, message) = match response.token_type {
        TokenType::Dpop if !has_key => (ErrorCode::InvalidResponse, "token_type: a DPoP-bound token was not asked for"),
        TokenType::Bearer if required => {
            (ErrorCode::DpopRequired, "token_type: the provider gave a token that is not bound to the key")
        }
        _ => return Ok(()),
    };
    Err(Error::new(code, message))
}

/// By how much the server's clock is ahead of this one, by a token that has just arrived. A slow answer makes it look as if
/// it were behind: then proofs are a little old, which does no harm. One from the future would.
pub fn clock_offset(claims: &Json, received_at: Millis) -> Option<Millis> {
    let theirs = claims.get("iat").and_then(Json::as_f64)?;
    let offset = (theirs * 1000.0) as Millis - received_at;
    Some(if (-2_000..2_000).contains(&offset) { 0 } else { offset })
}

fn part(members: &[(&str, Json)]) -> String {
    let present = members.iter().filter(|(_, value)| *value != Json::Null);
    let object = Json::Object(present.map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
    base64url::encode(object.to_text().as_bytes())
}

#[cfg(test)]
mod tests;
