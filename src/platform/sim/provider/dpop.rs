//! What the provider demands of proofs (RFC 9449 sections 4.3, 5, 8 and 10).

use super::{Provider, signature};
use crate::protocol::dpop::Proof;
use crate::protocol::http::Request;
use crate::protocol::json::{self, Json};
use crate::protocol::jwks::{Jwk, thumbprint};
use crate::protocol::{Millis, base64url};

/// Proofs without a nonce may be so old, or so early.
const TOLERANCE: Millis = 300_000;
/// A nonce is given out for so long, and accepted for twice that time.
const NONCE_LIFETIME: Millis = 60_000;

/// What a proof must be about.
pub(super) struct Received<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) proof: Option<&'a str>,
}

impl<'a> Received<'a> {
    pub(super) fn of(request: &'a Request) -> Received<'a> {
        let proof = request.headers.iter().find(|(name, _)| *name == "DPoP").map(|(_, value)| value.as_str());
        Received { method: if request.form.is_some() { "POST" } else { "GET" }, url: &request.url, proof }
    }
}

impl Provider {
    /// The nonce of this moment.
    pub fn nonce(&self, now: Millis) -> String {
        format!("nonce-{}", now.div_euclid(NONCE_LIFETIME))
    }

    /// The thumbprint of the key that the request proves, if it proves one.
    pub(super) fn proven(&mut self, received: &Received<'_>, now: Millis) -> Result<Option<String>, &'static str> {
        let Some(proof) = received.proof else { return Ok(None) };
        let claims = self.read(received, proof).ok_or("invalid_dpop_proof")?;
        let (key, payload) = claims;
        if self.settings.dpop_nonces {
            let accepted = [self.nonce(now), self.nonce(now - NONCE_LIFETIME)];
            if !payload.str("nonce").is_some_and(|nonce| accepted.iter().any(|known| known == nonce)) {
                return Err("use_dpop_nonce");
            }
        } else {
            let issued_at = payload.get("iat").and_then(Json::as_i64).unwrap_or_default() * 1000;
            if (issued_at - now).abs() > TOLERANCE {
                return Err("invalid_dpop_proof");
            }
        }
        if !self.proofs.insert(payload.str("jti").unwrap_or_default().to_owned()) {
            return Err("invalid_dpop_proof");
        }
        Ok(Some(thumbprint(&key)))
    }

    /// What has been proven, if it is well formed, about this request, and signed.
    fn read(&self, received: &Received<'_>, proof: &str) -> Option<(Jwk, Json)> {
        let (signed, signature_part) = proof.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let part = |text: &str| json::parse(&String::from_utf8(base64url::decode(text)?).ok()?);
        let (header, payload) = (part(header)?, part(payload)?);
        let key = Jwk::from_json(header.get("jwk")?)?;
        let again = Proof {
            key: &key,
            method: received.method,
            url: received.url,
            issued_at: payload.get("iat").and_then(Json::as_i64)? * 1000,
            id: payload.str("jti")?,
            nonce: payload.str("nonce"),
            access_token: None,
        };
        let good = signature(key.json.str("x")?, signed.as_bytes()) == base64url::decode(signature_part)?;
        (again.signing_input() == signed && good).then_some((key, payload))
    }
}
