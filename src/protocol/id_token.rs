//! What an ID token must say (OpenID Connect Core section 3.1.3.7), after its signature was verified.

use super::Millis;
use super::base64url;
use super::error::{Error, ErrorCode};
use super::jose::{Algorithm, Compact};
use super::json::Json;

/// What the client knows about the token that it asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expectations<'a> {
    /// The provider's issuer identifier, to the letter.
    pub issuer: &'a str,
    /// This client, the only audience.
    pub client_id: &'a str,
    /// The nonce that was sent; `None` on a refresh.
    pub nonce: Option<&'a str>,
    /// The `max_age` that was sent.
    pub max_age_seconds: Option<i64>,
    /// The authentication context classes of which one is essential; of an empty list, any. `acr_values` of the
    /// request alone makes none essential (OpenID Connect Core section 3.1.2.1).
    pub acr_values: Option<&'a [&'a str]>,
    /// The access token that came along, for `at_hash`.
    pub access_token: Option<&'a str>,
    /// The algorithms that the provider's metadata lists.
    pub algorithms: Option<&'a [Algorithm]>,
    /// The clock difference that is tolerated.
    pub tolerance: Millis,
}

/// Checks a token whose signature is good, or that came straight from the token endpoint over TLS. `now` is the time
/// at the provider: this machine's, corrected by the learned offset.
pub fn validate(compact: &Compact, expected: &Expectations, now: Millis) -> Result<Claims, Error> {
    let algorithm = compact.header.alg;
    if expected.algorithms.is_some_and(|listed| !listed.contains(&algorithm)) {
        return Err(refused("alg", "is not among the algorithms in the provider's metadata"));
    }
    let claims = Claims::from_json(compact.payload.clone())?;
    if claims.issuer != expected.issuer {
        return Err(refused("iss", "is another issuer"));
    }
    if !claims.audience.iter().all(|audience| audience == expected.client_id) {
        return Err(refused("aud", "is not this client and nobody else"));
    }
    if claims.authorized_party.as_deref().is_some_and(|party| party != expected.client_id) {
        return Err(refused("azp", "is another client"));
    }
    if expected.nonce.is_some() && claims.nonce.as_deref() != expected.nonce {
        return Err(refused("nonce", "is not the one that was sent"));
    }
    if let Some(essential) = expected.acr_values
        && !claims.authentication_context.as_deref().is_some_and(|acr| essential.is_empty() || essential.contains(&acr))
    {
        return Err(refused("acr", "is not one of those that are essential"));
    }
    check_times(&claims, expected, now)?;
    check_access_token_hash(&claims, expected.access_token, algorithm)?;
    Ok(claims)
}

/// On a refresh the user and the authentication stay the same (OpenID Connect Core section 12.2).
pub fn validate_refreshed(old: &Claims, new: &Claims) -> Result<(), Error> {
    if new.subject != old.subject {
        return Err(Error::new(ErrorCode::SubjectMismatch, "the refreshed ID token is about another user (`sub`)"));
    }
    if new.issuer != old.issuer {
        return Err(refused("iss", "changed on refresh"));
    }
    if !same_members(&new.audience, &old.audience) {
        return Err(refused("aud", "changed on refresh"));
    }
    if new.authorized_party != old.authorized_party {
        return Err(refused("azp", "changed on refresh"));
    }
    if let (Some(new), Some(old)) = (new.auth_time, old.auth_time)
        // Providers were seen that give a fraction once and none the other time.
        && (new - old).abs() >= 1.0
    {
        return Err(refused("auth_time", "changed on refresh"));
    }
    if let (Some(new), Some(old)) = (&new.nonce, &old.nonce)
        && new != old
    {
        return Err(refused("nonce", "changed on refresh"));
    }
    Ok(())
}

/// What to add to this machine's clock to get the provider's: from the answer's `Date` where it can be read, else
/// from the fresh token's `iat`. Zero below a minute, and never more than ten years.
pub fn learn_offset(claims_json: &Json, date: Option<Millis>, local_now: Millis) -> Millis {
    const MINUTE: Millis = 60_000;
    const TEN_YEARS: Millis = 3653 * 24 * 60 * MINUTE;
    let issued_at = || claims_json.get("iat").and_then(Json::as_f64).map(millis);
    let offset = date.or_else(issued_at).map_or(0, |theirs| theirs.saturating_sub(local_now));
    if (-MINUTE..=MINUTE).contains(&offset) { 0 } else { offset.clamp(-TEN_YEARS, TEN_YEARS) }
}

/// The claims of an ID token: what the protocol needs, with its type checked, and everything as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Every claim.
    pub json: Json,
    /// `iss`
    pub issuer: String,
    /// `sub`; never empty.
    pub subject: String,
    /// `aud`, as a list.
    pub audience: Vec<String>,
    /// `azp`
    pub authorized_party: Option<String>,
    /// `acr`
    pub authentication_context: Option<String>,
    /// `iat`
    pub issued_at: Millis,
    /// `exp`
    pub expires_at: Millis,
    /// `nbf`
    pub not_before: Option<Millis>,
    /// `auth_time` in seconds since the epoch.
    pub auth_time: Option<f64>,
    /// `nonce`
    pub nonce: Option<String>,
}

impl Claims {
    /// Checks the types of the claims (OpenID Connect Core section 2). Nothing is coerced.
    pub fn from_json(json: Json) -> Result<Claims, Error> {
        Ok(Claims {
            issuer: required(text(&json, "iss")?, "iss")?,
            subject: required(text(&json, "sub")?.filter(|subject| is_subject(subject)), "sub")?,
            audience: audience(&json).ok_or_else(|| refused("aud", "is missing or not of its type"))?,
            authorized_party: text(&json, "azp")?,
            authentication_context: text(&json, "acr")?,
            issued_at: required(number(&json, "iat")?, "iat").map(millis)?,
            expires_at: required(number(&json, "exp")?, "exp").map(millis)?,
            not_before: number(&json, "nbf")?.map(millis),
            auth_time: number(&json, "auth_time")?,
            nonce: text(&json, "nonce")?,
            json,
        })
    }
}

fn check_times(claims: &Claims, expected: &Expectations, now: Millis) -> Result<(), Error> {
    let earliest = now.saturating_sub(expected.tolerance);
    let latest = now.saturating_add(expected.tolerance);
    if claims.expires_at <= earliest {
        return Err(refused("exp", "is over; if the token is fresh, this machine's clock is wrong"));
    }
    if claims.issued_at > latest {
        return Err(refused("iat", "is in the future; this machine's clock may be wrong"));
    }
    if claims.not_before.is_some_and(|not_before| not_before > latest) {
        return Err(refused("nbf", "is in the future; this machine's clock may be wrong"));
    }
    if let Some(max_age) = expected.max_age_seconds {
        let authenticated = required(claims.auth_time, "auth_time").map(millis)?;
        if authenticated > latest {
            return Err(refused("auth_time", "is in the future; this machine's clock may be wrong"));
        }
        if authenticated.saturating_add(max_age.saturating_mul(1000)) < earliest {
            return Err(refused("auth_time", "is longer ago than max_age, or this machine's clock is wrong"));
        }
    }
    Ok(())
}

/// The left half of the hash of the access token (OpenID Connect Core section 3.1.3.6).
fn check_access_token_hash(claims: &Claims, access_token: Option<&str>, algorithm: Algorithm) -> Result<(), Error> {
    let (Some(claimed), Some(access_token)) = (text(&claims.json, "at_hash")?, access_token) else { return Ok(()) };
    let digest = algorithm.hash().digest(access_token.as_bytes());
    let (half, _) = digest.split_at(digest.len() / 2);
    if base64url::encode(half) == claimed {
        Ok(())
    } else {
        Err(refused("at_hash", "is not of the access token that came along"))
    }
}

fn audience(json: &Json) -> Option<Vec<String>> {
    let list = match json.get("aud")? {
        Json::String(one) => vec![one.clone()],
        Json::Array(many) => many.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>()?,
        _ => return None,
    };
    (!list.is_empty()).then_some(list)
}

/// At most 255 characters (OpenID Connect Core section 2); an empty one would be everybody.
fn is_subject(subject: &str) -> bool {
    !subject.is_empty() && subject.chars().count() <= 255
}

fn same_members(one: &[String], other: &[String]) -> bool {
    one.iter().all(|member| other.contains(member)) && other.iter().all(|member| one.contains(member))
}

fn text(json: &Json, claim: &'static str) -> Result<Option<String>, Error> {
    match json.get(claim) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(refused(claim, "is not a string")),
    }
}

fn number(json: &Json, claim: &'static str) -> Result<Option<f64>, Error> {
    match json.get(claim) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| refused(claim, "is not a number")),
    }
}

fn required<T>(value: Option<T>, claim: &'static str) -> Result<T, Error> {
    value.ok_or_else(|| refused(claim, "is missing, empty or too long"))
}

/// A NumericDate, which may have a fraction. Out of range it saturates.
fn millis(seconds: f64) -> Millis {
    (seconds * 1000.0) as Millis
}

fn refused(claim: &'static str, what: &'static str) -> Error {
    Error::new(ErrorCode::InvalidIdToken, ["the ID token is refused: `", claim, "` ", what].concat())
}

#[cfg(test)]
mod tests;
