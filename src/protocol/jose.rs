//! Signed tokens in the JWS compact serialization, decoded strictly (RFC 7515 section 5.2). Signatures are verified
//! elsewhere; nothing here is to be believed before that.

use super::base64url;
use super::error::{Error, ErrorCode};
use super::json::{Json, Parser};
use super::url::{cut, pieces};
use crate::prelude::*;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Longer tokens are refused before anything is decoded. Providers that list a user's groups make ID tokens of hundreds of
/// kilobytes.
pub const MAX_TOKEN: usize = 1 << 19;

/// A decoded token of three parts. Its header was checked; its signature was not.
#[derive(Clone, PartialEq)]
pub struct Compact {
    /// The members of the protected header that count.
    pub header: Header,
    /// The claims.
    pub payload: Json,
    /// The first two parts as they were sent: what was signed.
    pub signing_input: String,
    /// The signature's octets.
    pub signature: Vec<u8>,
}

/// The protected header (RFC 7515 section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `alg`
    pub alg: Algorithm,
    /// `kid`
    pub kid: Option<String>,
    /// `typ`
    pub typ: Option<String>,
}

impl Compact {
    /// Decodes a token. Refused are: other than three parts, white space, padding, what is not a JSON object,
    /// algorithms without a public key, critical extensions, and tokens of another kind. Keys in the header (`jwk`, `jku`,
    /// `x5u`, `x5c`) are as good as absent: nothing here or elsewhere looks at them.
    pub fn decode(token: &str, parse: Parser) -> Result<Compact, Error> {
        if token.len() > MAX_TOKEN {
            return Err(refused("the token is too large"));
        }
        let (header, payload, signature) = match *pieces(token, b".").as_slice() {
            [header, payload, signature] => (header, payload, signature),
            [_, _, _, _, _] => return Err(refused("the token is encrypted, which is not supported")),
            _ => return Err(refused("the token does not have three parts")),
        };
        let signing_input = [header, ".", payload].concat();
        let header = Header::from_json(&object(header, parse)?).map_err(refused)?;
        let payload = object(payload, parse)?;
        let signature = base64url::decode(signature).unwrap_or_default();
        if signature.is_empty() {
            return Err(refused("the signature is missing or not base64url"));
        }
        Ok(Compact { header, payload, signing_input, signature })
    }
}

impl Header {
    fn from_json(json: &Json) -> Result<Header, &'static str> {
        // Extensions are not understood (RFC 7515 section 4.1.11), and this one changes what is signed (RFC 7797).
        if ["crit", "b64"].iter().any(|member| json.get(member).is_some()) {
            return Err("the header has a critical extension");
        }
        if ["kid", "typ"].iter().any(|member| json.given(member).is_some_and(|value| value.as_str().is_none())) {
            return Err("`kid` or `typ` is not a string");
        }
        let (kid, typ) = (json.str("kid"), json.str("typ"));
        if typ.is_some_and(is_of_another_kind) {
            return Err("`typ` names another kind of token");
        }
        let alg = json.str("alg").and_then(Algorithm::from_name);
        let alg = alg.ok_or("`alg` is not an accepted signature algorithm")?;
        Ok(Header { alg, kid: kid.map(str::to_owned), typ: typ.map(str::to_owned) })
    }
}

/// Tokens of another purpose say so with a media type of their own, whose `application/` may be left out (RFC 7515 section
/// 4.1.9): `at+jwt`, `logout+jwt`, `dpop+jwt`. None of them may pass for an ID token (RFC 8725 section 3.11). What names no
/// such type says nothing (`JWT`, `JOSE`, `ID`).
fn is_of_another_kind(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    let (kind, suffix) = cut(typ.strip_prefix("application/").unwrap_or(&typ), b"+");
    !suffix.is_empty() && !matches!(kind, "id" | "id_token" | "id-token" | "idtoken")
}

fn object(part: &str, parse: Parser) -> Result<Json, Error> {
    let text = base64url::decode(part).and_then(|octets| String::from_utf8(octets).ok());
    let json = text.and_then(|text| parse(&text)).filter(|json| json.members().is_some());
    json.ok_or_else(|| refused("a part of the token is not a JSON object in base64url"))
}

fn refused(message: &'static str) -> Error {
    Error::new(ErrorCode::InvalidIdToken, message)
}

/// A signature algorithm with a public key (RFC 7518 section 3.1, RFC 8037). There is no `none` and no HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// ECDSA with P-521 and SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm that is accepted.
    pub const ALL: &[Algorithm] = &[
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::EdDsa,
    ];

    /// The algorithm of that `alg` value, case-sensitive; `None` for one that is not accepted.
    pub fn from_name(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
    }

    /// The `alg` value.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
            Algorithm::Ps256 => "PS256",
            Algorithm::Ps384 => "PS384",
            Algorithm::Ps512 => "PS512",
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::Es512 => "ES512",
            Algorithm::EdDsa => "EdDSA",
        }
    }

    /// The hash that the algorithm uses; for EdDSA the one inside Ed25519.
    pub fn hash(self) -> HashKind {
        match self {
            Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => HashKind::Sha256,
            Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => HashKind::Sha384,
            Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::Es512 | Algorithm::EdDsa => HashKind::Sha512,
        }
    }
}

/// A hash of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashKind {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl HashKind {
    /// The name that WebCrypto knows it by.
    pub fn name(self) -> &'static str {
        match self {
            HashKind::Sha256 => "SHA-256",
            HashKind::Sha384 => "SHA-384",
            HashKind::Sha512 => "SHA-512",
        }
    }

    /// The hash value.
    pub fn digest(self, octets: &[u8]) -> Vec<u8> {
        match self {
            HashKind::Sha256 => Sha256::digest(octets).to_vec(),
            HashKind::Sha384 => Sha384::digest(octets).to_vec(),
            HashKind::Sha512 => Sha512::digest(octets).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests;
