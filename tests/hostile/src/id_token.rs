//! The ID token, open to changes until it is signed.

use crate::keys::{Keys, Signer, encode, keys};
use ring::digest;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// An ID token before it is signed.
pub struct IdToken {
    /// The protected header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// What signs it.
    pub signer: Signer,
    /// The access token that it comes with; empty if it comes with none.
    pub access_token: String,
}

/// What it is about.
pub(crate) struct About<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) auth_time: i64,
    pub(crate) access_token: &'a str,
    pub(crate) algorithm: &'static str,
}

impl IdToken {
    pub(crate) fn new(about: &About<'_>) -> IdToken {
        let now = seconds_now();
        let mut claims = json!({
            "iss": about.issuer,
            "sub": about.subject,
            "aud": about.client_id,
            "iat": now,
            "exp": now + 600,
            "auth_time": about.auth_time,
        });
        if let Some(nonce) = about.nonce {
            claims["nonce"] = nonce.into();
        }
        let mut token = IdToken {
            header: json!({ "typ": "JWT" }),
            claims,
            signer: Signer::Own("RS256"),
            access_token: about.access_token.to_owned(),
        };
        token.signed_with(about.algorithm);
        token
    }

    /// Uses the published key for that algorithm, and says so.
    pub fn signed_with(&mut self, algorithm: &'static str) {
        self.header["alg"] = algorithm.into();
        self.header["kid"] = Keys::kid(algorithm).into();
        self.signer = Signer::Own(algorithm);
        if !self.access_token.is_empty() {
            self.claims["at_hash"] = at_hash(algorithm, &self.access_token).into();
        }
    }

    /// A time so many seconds after the token was issued.
    pub fn time(&self, after: i64) -> Value {
        json!(self.claims["iat"].as_i64().unwrap_or_else(seconds_now) + after)
    }

    /// Takes a claim away.
    pub fn without(&mut self, claim: &str) {
        remove(&mut self.claims, claim);
    }

    /// The compact serialization.
    pub fn compact(&self) -> String {
        compact(self.header.to_string().as_bytes(), self.claims.to_string().as_bytes(), &self.signer)
    }
}

/// The compact serialization of any octets.
pub fn compact(header: &[u8], payload: &[u8], signer: &Signer) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = keys().sign(signer, &input);
    format!("{input}.{}", encode(&signature))
}

/// Takes a member away.
pub fn remove(json: &mut Value, member: &str) {
    if let Some(members) = json.as_object_mut() {
        members.remove(member);
    }
}

/// The time, in seconds since the epoch.
pub fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().try_into().unwrap_or_default()
}

fn at_hash(algorithm: &str, access_token: &str) -> String {
    let hash = match algorithm {
        name if name.ends_with("256") => &digest::SHA256,
        name if name.ends_with("384") => &digest::SHA384,
        _ => &digest::SHA512,
    };
    let digest = digest::digest(hash, access_token.as_bytes());
    encode(&digest.as_ref()[..digest.as_ref().len() / 2])
}
