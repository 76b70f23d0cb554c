//! What an ID token must say (OpenID Connect Core section 3.1.3.7), after its signature was verified.

use super::Millis;
use super::base64url;
use super::error::{Error, ErrorCode};
use super::jose::{Algorithm, Compact};
use super::json::{Json, MAX_DEPTH};
use super::url::cut;
use crate::prelude::*;

/// What the client knows about the token that it asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expectations<'a> {
    /// The provider's issuer identifier, to the letter.
    pub issuer: &'a str,
    /// What the app says that `iss` may be instead, see [`is_issuer`].
    pub other_issuer: Option<&'a str>,
    /// This client, the only audience.
    pub client_id: &'a str,
    /// The app trusts every other audience too, if `azp` names this client.
    pub other_audiences: bool,
    /// The nonce that was sent; `None` on a refresh.
    pub nonce: Option<&'a str>,
    /// The `max_age` that was sent.
    pub max_age_seconds: Option<i64>,
    /// The authentication context classes of which one is essential; of an empty list, any. `acr_values` of the
    /// request alone makes none essential (OpenID Connect Core section 3.1.2.1).
    pub acr_values: Option<&'a [String]>,
    /// The access token that came along.
    pub access_token: Option<&'a str>,
    /// Its hash, for `at_hash`, by [`Algorithm::hash`] of the ID token. Whoever can hash makes it: SHA-512 takes 1.6 kB of
    /// the npm package, and browsers have it.
    pub access_token_hash: Option<&'a [u8]>,
    /// The algorithms that the provider's metadata lists.
    pub algorithms: Option<&'a [Algorithm]>,
    /// The clock difference that is tolerated.
    pub tolerance: Millis,
}

/// Checks a token whose signature is good, or that came straight from the token endpoint over TLS. `now` is the time
/// at the provider: this machine's, corrected by the learned offset.
pub fn validate(compact: &Compact, expected: &Expectations, now: Millis) -> Result<Claims, Error> {
    judge(compact, expected, now, REQUIRED)
}

/// Checks a signed UserInfo response in the same way (OpenID Connect Core section 5.3.2), which need not say when it was
/// made and when it is over.
pub fn validate_userinfo(compact: &Compact, expected: &Expectations, now: Millis) -> Result<Claims, Error> {
    judge(compact, expected, now, REQUIRED_ANYWHERE)
}

fn judge(compact: &Compact, expected: &Expectations, now: Millis, required: usize) -> Result<Claims, Error> {
    let algorithm = compact.header.alg;
    if expected.algorithms.is_some_and(|listed| !listed.contains(&algorithm)) {
        return Err(refused("alg", "is not one that the provider's metadata lists"));
    }
    let claims = Claims::with(compact.payload.clone(), required)?;
    let has = |claim: &str, value: &str| claims.json.str(claim) == Some(value);
    let (claim, what) = if !is_issuer(&claims.json, expected.issuer, expected.other_issuer) {
        ("iss", "is another issuer")
    } else if !is_meant(&claims, expected) {
        ("aud", "is not this client and nobody else")
    } else if claims.authorized_party().is_some() && !has("azp", expected.client_id) {
        ("azp", "is another client")
    } else if expected.nonce.is_some_and(|nonce| !has("nonce", nonce)) {
        ("nonce", "is not the one that was sent")
    } else if !is_enough(claims.authentication_context(), expected.acr_values) {
        ("acr", "is not one of those that are essential")
    } else if !is_hash_of(claims.json.str("at_hash"), expected) {
        ("at_hash", "is not of the access token that came along")
    } else if let Some(reason) = untimely(&claims, expected, now) {
        reason
    } else {
        return Ok(claims);
    };
    Err(refused(claim, what))
}

/// Whether the token is for this client, and for nobody else that the app does not trust.
fn is_meant(claims: &Claims, expected: &Expectations) -> bool {
    let own = |audience: &Json| audience.as_str() == Some(expected.client_id);
    let others = expected.other_audiences && claims.authorized_party() == Some(expected.client_id);
    if others { claims.audience().iter().any(own) } else { claims.audience().iter().all(own) }
}

/// Whether `iss` is the issuer, or the other one that the app names. In that one `{tenantid}` stands for the token's
/// own `tid`: some providers (Microsoft Entra ID) have one address for many issuers, one for each of their customers.
pub fn is_issuer(claims: &Json, issuer: &str, other: Option<&str>) -> bool {
    let is = claims.text("iss");
    is == issuer
        || other.is_some_and(|other| {
            let (before, rest) = cut(other, b"{");
            let after = rest.strip_prefix("{tenantid}");
            let tenant = if after.is_some() { claims.text("tid") } else { "" };
            let plain = tenant.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
            let named = after.is_none() || !tenant.is_empty();
            plain && named && [before, tenant, after.unwrap_or(rest)].concat() == is
        })
}

/// What a refreshed ID token may not contradict (OpenID Connect Core section 12.2): the user, the issuer, this client, and
/// the access token that came along; where the sign-in had a `max_age`, when the user was authenticated, too. Whoever
/// answers so has mixed up sessions, and the one that is here ends. `old` are the claims from before, if they are known;
/// where other audiences are trusted, they may come and go.
pub fn contradiction(
    compact: &Compact,
    old: Option<&Claims>,
    subject: &str,
    expected: &Expectations,
) -> Result<(), Error> {
    let json = &compact.payload;
    check_types(json, IDENTITY, IDENTITY)?;
    if json.text("sub") != subject {
        return Err(Error::new(ErrorCode::SubjectMismatch, "sub: the refreshed ID token is about another user"));
    }
    let (is, was) = (audience(json), old.map(Claims::audience));
    let lists = |one: &[Json], other: &[Json]| one.iter().all(|member| other.contains(member));
    let own = |audience: &Json| audience.as_str() == Some(expected.client_id);
    let meant = if expected.other_audiences {
        is.iter().any(own)
    } else {
        was.map_or_else(|| is.iter().all(own), |was| lists(is, was) && lists(was, is))
    };
    let changed = |old: &Claims| match (old.auth_time(), json.given("auth_time")) {
        // Providers were seen that give a fraction once and none the other time.
        (Some(was), Some(is)) => is.as_f64().is_none_or(|is| (is - was).abs() >= 1.0),
        _ => false,
    };
    let same_issuer = old.is_none_or(|old| old.issuer() == json.text("iss"));
    if !same_issuer || !is_issuer(json, expected.issuer, expected.other_issuer) {
        Err(refused("iss", CHANGED))
    } else if !meant {
        Err(refused("aud", CHANGED))
    } else if !is_hash_of(json.str("at_hash"), expected) {
        Err(refused("at_hash", "is not of the access token that came along"))
    } else if expected.max_age_seconds.is_some() && old.is_some_and(changed) {
        Err(refused("auth_time", CHANGED))
    } else {
        Ok(())
    }
}

/// Whether the claims of a refreshed ID token whose signature is good may take the place of those from before. Providers
/// were seen that say another `azp`, `auth_time` or `nonce` than at the sign-in, or times that are over: that says nothing
/// against the user, so the session goes on with what was verified before.
pub fn validate_refreshed(
    compact: &Compact,
    old: Option<&Claims>,
    expected: &Expectations,
    now: Millis,
) -> Result<Claims, Error> {
    let asked = Expectations { nonce: None, max_age_seconds: None, acr_values: None, ..*expected };
    let new = validate(compact, &asked, now)?;
    let Some(old) = old else { return Ok(new) };
    let another = |was: Option<&str>, is: Option<&str>| was.is_some() && is.is_some() && was != is;
    let same_time = match (old.auth_time(), new.auth_time()) {
        (Some(was), Some(is)) => (is - was).abs() < 1.0,
        _ => true,
    };
    // The token from before cannot come again: `iat` alone tells the time where this machine's clock is not believed.
    let earlier = match (old.millis("iat"), new.millis("iat")) {
        (Some(was), Some(is)) => is < was - 60_000.0,
        _ => false,
    };
    if another(old.nonce(), new.nonce()) {
        Err(refused("nonce", CHANGED))
    } else if !same_time {
        Err(refused("auth_time", CHANGED))
    } else if earlier {
        Err(refused("iat", "is before that of the token from before"))
    } else {
        Ok(new)
    }
}

const CHANGED: &str = "changed on refresh";

/// What to add to this machine's clock to get the provider's: from the answer's `Date` where it can be read, else
/// from the fresh token's `iat`. Zero below a minute, and never more than ten years.
pub fn learn_offset(claims_json: &Json, date: Option<Millis>, local_now: Millis) -> Millis {
    const MINUTE: Millis = 60_000;
    const TEN_YEARS: Millis = 3653 * 24 * 60 * MINUTE;
    let theirs = date.map(|date| date as f64).or_else(|| millis(claims_json, "iat"));
    let offset = theirs.map_or(0, |theirs| (theirs - local_now as f64) as Millis);
    if (-MINUTE..=MINUTE).contains(&offset) { 0 } else { offset.clamp(-TEN_YEARS, TEN_YEARS) }
}

/// The claims of an ID token as they were sent, the types of those that the protocol needs checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Every claim.
    pub json: Json,
}

/// What the protocol needs (OpenID Connect Core section 2): first what must be there.
type Kind = fn(&Json) -> bool;
const TYPES: &[(&str, Kind)] = &[
    ("sub", is_subject),
    ("iss", is_text),
    ("aud", is_audience),
    ("iat", is_number),
    ("exp", is_number),
    ("azp", is_text),
    ("acr", is_text),
    ("nonce", is_text),
    ("at_hash", is_text),
    ("nbf", is_number),
    ("auth_time", is_number),
    ("session_expiry", is_number),
];
const REQUIRED: usize = 5;
const REQUIRED_ANYWHERE: usize = 3;
/// Those that say who, of whom and for whom.
const IDENTITY: usize = 3;

impl Claims {
    /// Checks the types of the claims. Nothing is coerced.
    pub fn from_json(json: Json) -> Result<Claims, Error> {
        Self::with(json, REQUIRED)
    }

    fn with(json: Json, required: usize) -> Result<Claims, Error> {
        // A record, which is a parsed document too, has them one level further in.
        if json.is_deeper_than(MAX_DEPTH - 1) {
            return Err(Error::new(ErrorCode::InvalidIdToken, "the claims are nested too deeply"));
        }
        check_types(&json, required, TYPES.len())?;
        Ok(Claims { json })
    }

    /// `iss`
    pub fn issuer(&self) -> &str {
        self.json.text("iss")
    }

    /// `sub`; never empty.
    pub fn subject(&self) -> &str {
        self.json.text("sub")
    }

    /// `aud`: one or more strings.
    pub fn audience(&self) -> &[Json] {
        audience(&self.json)
    }

    /// `azp`
    pub fn authorized_party(&self) -> Option<&str> {
        self.json.str("azp")
    }

    /// `acr`
    pub fn authentication_context(&self) -> Option<&str> {
        self.json.str("acr")
    }

    /// `nonce`
    pub fn nonce(&self) -> Option<&str> {
        self.json.str("nonce")
    }

    /// `auth_time` in seconds since the epoch.
    pub fn auth_time(&self) -> Option<f64> {
        self.json.get("auth_time").and_then(Json::as_f64)
    }

    /// A claim that is a NumericDate (`iat`, `exp`, `nbf`), which may have a fraction. Out of range it saturates.
    pub fn date(&self, claim: &str) -> Option<Millis> {
        self.millis(claim).map(|millis| millis as Millis)
    }

    fn millis(&self, claim: &str) -> Option<f64> {
        millis(&self.json, claim)
    }
}

/// Checks the first of [`TYPES`], of which so many must be there.
fn check_types(json: &Json, required: usize, checked: usize) -> Result<(), Error> {
    for (index, (claim, is_of_type)) in TYPES.iter().take(checked).enumerate() {
        // Many writers send null for what is absent.
        match json.given(claim) {
            None if index < required => return Err(refused(claim, "is missing")),
            Some(value) if !is_of_type(value) => return Err(refused(claim, "is not of its type or size")),
            _ => {}
        }
    }
    Ok(())
}

/// The claim that does not fit the time, and what is wrong with it.
fn untimely(claims: &Claims, expected: &Expectations, now: Millis) -> Option<(&'static str, &'static str)> {
    // In floating point, as the claims are: nothing overflows, and milliseconds are exact.
    let (now, tolerance) = (now as f64, expected.tolerance as f64);
    if claims.millis("exp").is_some_and(|expires_at| expires_at <= now - tolerance) {
        return Some(("exp", "is over, or this machine's clock is wrong"));
    }
    let max_age = expected.max_age_seconds;
    for claim in &["iat", "nbf", "auth_time"] {
        let counts = max_age.is_some() || *claim != "auth_time";
        if counts && claims.millis(claim).is_some_and(|date| date > now + tolerance) {
            return Some((claim, "is in the future, or this machine's clock is wrong"));
        }
    }
    let oldest = now - tolerance - max_age? as f64 * 1000.0;
    match claims.millis("auth_time") {
        None => Some(("auth_time", "is missing, and max_age asks for it")),
        Some(date) if date < oldest => Some(("auth_time", "is older than max_age, or this machine's clock is wrong")),
        _ => None,
    }
}

/// Whether the authentication context is one of the essential ones, or any at all if none is listed.
fn is_enough(acr: Option<&str>, essential: Option<&[String]>) -> bool {
    essential.is_none_or(|values| acr.is_some_and(|acr| values.is_empty() || values.iter().any(|value| value == acr)))
}

/// The left half of the hash of the access token, if there are both (OpenID Connect Core section 3.1.3.6).
fn is_hash_of(at_hash: Option<&str>, expected: &Expectations) -> bool {
    let (Some(claimed), Some(hash)) = (at_hash, expected.access_token_hash) else { return true };
    let (left, _) = hash.split_at(hash.len() / 2);
    base64url::encode(left) == claimed
}

fn audience(claims: &Json) -> &[Json] {
    match claims.get("aud") {
        Some(Json::Array(many)) => many,
        Some(one) => core::slice::from_ref(one),
        None => &[],
    }
}

fn is_text(value: &Json) -> bool {
    value.as_str().is_some()
}

fn is_number(value: &Json) -> bool {
    value.as_f64().is_some()
}

/// At most 255 characters (OpenID Connect Core section 2); an empty one would be everybody.
fn is_subject(value: &Json) -> bool {
    let is_first_of_character = |octet: &u8| octet & 0xC0 != 0x80;
    let length = value.as_str().map(|subject| subject.bytes().filter(is_first_of_character).count());
    length.is_some_and(|length| (1..=255).contains(&length))
}

fn is_audience(value: &Json) -> bool {
    is_text(value) || value.elements().is_some_and(|many| !many.is_empty() && many.iter().all(is_text))
}

fn millis(claims: &Json, claim: &str) -> Option<f64> {
    Some(claims.get(claim)?.as_f64()? * 1000.0)
}

fn refused(claim: &str, what: &str) -> Error {
    Error::new(ErrorCode::InvalidIdToken, [REFUSED, "`", claim, "` ", what].concat())
}

/// How the message about a claim begins.
pub(super) const REFUSED: &str = "the ID token is refused: ";

#[cfg(test)]
mod tests;
