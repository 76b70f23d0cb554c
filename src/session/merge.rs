//! The two writers of a session: a sign-in replaces every field, a refresh merges (OpenID Connect Core section 12,
//! RFC 6749 section 6).
//!
//! They cannot be mixed up: outside this layer nobody makes a [`Record`] but through [`signed_in`], nobody changes whose
//! it is or of which grant, and what a sign-in stores is a [`SignedIn`], which no refresh returns.
//!
//! ```compile_fail,E0451
//! fn another_grant(old: keyward::session::record::Record) -> keyward::session::record::Record {
//!     keyward::session::record::Record { grant_id: "another".to_owned(), ..old }
//! }
//! ```
//!
//! ```compile_fail,E0616
//! fn another_user(record: &mut keyward::session::record::Record, other: keyward::session::account::Account) {
//!     record.account = other;
//! }
//! ```
//!
//! ```compile_fail,E0423
//! fn as_a_sign_in(refreshed: keyward::session::record::Record) -> keyward::session::merge::SignedIn {
//!     keyward::session::merge::SignedIn(refreshed)
//! }
//! ```

use super::account::Account;
use super::bound;
use super::proof_key::ProofKey;
use super::record::{Access, Record};
use super::target::{self, Target, TargetedToken};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::id_token::learn_offset;
use crate::protocol::json::Json;
use crate::protocol::token::TokenResponse;

/// The record of a new grant: what the writer of sign-ins takes, and only [`signed_in`] makes.
pub struct SignedIn(Record);

impl SignedIn {
    /// Whose access token is for the first of those resources that were asked for (RFC 8707).
    pub fn for_resources(mut self, resources: &[String]) -> SignedIn {
        self.0.resource = resources.first().cloned();
        self.0.asked.iter_mut().for_each(|asked| asked.extend_from_slice(resources));
        self
    }

    /// Authenticated no longer ago than that, as the sign-in demanded.
    pub fn with_max_age(mut self, seconds: Option<i64>) -> SignedIn {
        self.0.max_age_seconds = seconds;
        self
    }

    /// Unless the session is over already: it would end where it begins.
    pub fn in_time(self, now: Millis) -> Result<SignedIn, Error> {
        if self.0.is_expired(now) {
            return Err(Error::new(ErrorCode::InvalidIdToken, "session_expiry: lies in the past"));
        }
        Ok(self)
    }

    /// Signed in later than that, whatever the clock says: the active session is the latest sign-in.
    pub fn after(mut self, newest: Option<Millis>) -> Record {
        self.0.signed_in_at = newest.map_or(self.0.signed_in_at, |newest| self.0.signed_in_at.max(newest + 1));
        self.0
    }
}

/// The record of a new grant. What the token response lacks is absent; nothing of an earlier session is kept.
pub fn signed_in(
    account: Account,
    grant_id: String,
    requested_scope: &str,
    key: Option<&ProofKey>,
    response: Box<TokenResponse>,
    claims: Option<Json>,
    now: Millis,
) -> SignedIn {
    let key = key.map(|key| key.relearned(claims.as_ref(), now));
    let session_expiry = session_expiry(claims.as_ref(), &response, now);
    SignedIn(Record {
        account,
        grant_id,
        generation: 1,
        signed_in_at: now,
        access: Some(access(&response, now)),
        refresh_token: response.refresh_token,
        id_token: response.id_token,
        claims,
        session_expiry,
        scope: response.scope.unwrap_or_else(|| requested_scope.to_owned()),
        resource: None,
        asked: Some(vec![requested_scope.to_owned()]),
        max_age_seconds: None,
        targeted: Vec::new(),
        details: response.authorization_details,
        key,
        ended: None,
        attempted_at: None,
        unlocked: false,
        retry: None,
    })
}

/// The record after a refresh: what the response has replaces the old, what it lacks stays. `claims` are those of the
/// response's ID token, if it had one that could be verified; without them the old ID token stays as well. What was asked
/// for with a `target` stands beside the session's own token, which stays. So does the bound of the session where the new
/// ID token names none.
pub fn refreshed(
    old: &Record,
    response: Box<TokenResponse>,
    claims: Option<Json>,
    target: Option<&Target>,
    now: Millis,
) -> Record {
    let access = access(&response, now);
    let key = old.key.as_ref().map(|key| key.relearned(claims.as_ref(), now));
    let session_expiry = session_expiry(claims.as_ref(), &response, now).or(old.session_expiry);
    let (id_token, claims) = match claims {
        Some(claims) => (response.id_token, Some(claims)),
        None => (old.id_token.clone(), old.claims.clone()),
    };
    let mut new = Record {
        generation: old.generation + 1,
        refresh_token: response.refresh_token.or_else(|| old.refresh_token.clone()),
        id_token,
        claims,
        session_expiry,
        key,
        ended: None,
        attempted_at: None,
        unlocked: false,
        retry: None,
        ..old.clone()
    };
    match target {
        Some(target) => {
            let token = TargetedToken::new(target, response.scope, &old.scope, access);
            new.targeted = target::with(&old.targeted, token, now);
        }
        None => {
            new.access = Some(access);
            new.scope = response.scope.unwrap_or(new.scope);
            new.details = response.authorization_details.or(new.details);
            new.targeted = target::valid(&old.targeted, now);
        }
    }
    new
}

/// When the session ends by the claims of an ID token that has just come.
fn session_expiry(claims: Option<&Json>, response: &TokenResponse, now: Millis) -> Option<Millis> {
    claims.and_then(|claims| bound::session_expiry(claims, learn_offset(claims, response.date, now)))
}

fn access(response: &TokenResponse, now: Millis) -> Access {
    Access {
        token: response.access_token.as_str().into(),
        token_type: response.token_type,
        obtained_at: now,
        expires_at: response.lifetime.map(|lifetime| now + lifetime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::token::TokenType;
    use crate::session::testing::{LIFETIME, claims, record, response};

    const NOW: Millis = 9_000_000;

    #[test]
    fn a_refresh_keeps_what_the_response_lacks() {
        let old = record();
        let new = refreshed(&old, response("fresh"), None, None, NOW);
        assert_eq!(new.access.as_ref().map(|access| &*access.token), Some("fresh"));
        assert_eq!((&new.refresh_token, &new.id_token), (&old.refresh_token, &old.id_token));
        assert_eq!((&new.claims, &new.scope), (&old.claims, &old.scope));
    }

    #[test]
    fn a_refresh_replaces_what_the_response_has() {
        let response = Box::new(TokenResponse {
            refresh_token: Some("rotated".into()),
            id_token: Some("newer-id-token".into()),
            scope: Some("openid".into()),
            token_type: TokenType::Dpop,
            ..*response("fresh")
        });
        let newer = Json::Object(vec![("sub".to_owned(), "alice".into()), ("name".to_owned(), "A".into())]);
        let new = refreshed(&record(), response, Some(newer.clone()), None, NOW);
        assert_eq!((new.refresh_token.as_deref(), new.id_token.as_deref()), (Some("rotated"), Some("newer-id-token")));
        assert_eq!((new.claims, new.scope.as_str()), (Some(newer), "openid"));
        assert_eq!(new.access.map(|access| access.token_type), Some(TokenType::Dpop));
    }

    #[test]
    fn h3_a_token_for_something_else_stands_beside_the_sessions_own() {
        let old = record();
        let target = Target { resource: Some("https://api.example".to_owned()), scope: Some("read".to_owned()) };
        let response = Box::new(TokenResponse {
            refresh_token: Some("rotated".into()),
            scope: Some("read".into()),
            authorization_details: Some(Json::Array(Vec::new())),
            ..*response("other")
        });
        let new = refreshed(&old, response, None, Some(&target), NOW);
        assert!(new.access == old.access && new.scope == old.scope && new.details == old.details);
        assert_eq!(new.access_for(Some(&target)).map(|access| &*access.token), Some("other"));
        assert_eq!((new.refresh_token.as_deref(), new.generation), (Some("rotated"), old.generation + 1));
        // It is not for long that it survives the next refresh, but no shorter than it is good for.
        let later = refreshed(&new, super::tests::response("own"), None, None, NOW + LIFETIME / 2);
        assert!(later.access_for(Some(&target)).is_some());
        let much_later = refreshed(&new, super::tests::response("own"), None, None, NOW + 2 * LIFETIME);
        assert!(much_later.access_for(Some(&target)).is_none());
        let again = signed_in(new.account.clone(), "g".into(), "openid", None, super::tests::response("x"), None, NOW);
        assert!(again.0.targeted.is_empty());
    }

    #[test]
    fn e10_the_bound_of_a_session_is_an_instant_of_this_machines_clock() {
        let claims = |expiry: i64, issued_at: i64| {
            let claim = |name: &str, value: i64| (name.to_owned(), value.into());
            Json::Object(vec![claim("session_expiry", expiry), claim("iat", issued_at)])
        };
        let new = |claims, date| {
            let response = Box::new(TokenResponse { date, ..*response("fresh") });
            signed_in(record().account, "g".into(), "openid", None, response, claims, NOW)
        };
        let expiry = |signed_in: SignedIn| signed_in.after(None).session_expiry;
        assert_eq!(expiry(new(Some(claims(10_000, 9_000)), None)), Some(10_000_000));
        let year = 365 * 86_400;
        let ahead = claims(10_000 + year, 9_000 + year);
        assert_eq!(expiry(new(Some(ahead.clone()), None)), Some(10_000_000), "by `iat`");
        let dated = Some(NOW + year * 1_000 + 7);
        assert_eq!(expiry(new(Some(ahead), dated)), Some(10_000_000 - 7), "by the date of the answer");
        assert_eq!(expiry(new(Some(self::claims("alice")), None)), None);
        assert!(new(Some(claims(9_001, 9_000)), None).in_time(NOW).is_ok());
        let late = new(Some(claims(9_000, 9_000)), None).in_time(NOW).map(|_| ()).unwrap_err();
        assert_eq!((late.code, &*late.message), (ErrorCode::InvalidIdToken, "session_expiry: lies in the past"));
        // A refreshed ID token may move it; one that does not name it leaves it.
        let old = Record { session_expiry: Some(77), ..record() };
        let after = |claims| refreshed(&old, response("fresh"), claims, None, NOW).session_expiry;
        assert_eq!(after(Some(claims(11_000, 9_000))), Some(11_000_000));
        assert_eq!((after(None), after(Some(self::claims("alice")))), (Some(77), Some(77)));
    }

    #[test]
    fn an_id_token_that_could_not_be_verified_replaces_nothing() {
        let response = Box::new(TokenResponse { id_token: Some("unverified".into()), ..*response("fresh") });
        let new = refreshed(&record(), response, None, None, NOW);
        assert_eq!((new.id_token.as_deref(), new.claims), (Some("the-id-token"), Some(claims("alice"))));
    }

    #[test]
    fn a_refresh_is_a_new_generation_of_the_same_grant_and_mends_what_failed() {
        let old = record();
        let new = refreshed(&old, response("fresh"), None, None, NOW);
        assert_eq!((&new.account, &new.grant_id, new.signed_in_at), (&old.account, &old.grant_id, old.signed_in_at));
        assert_eq!(new.generation, old.generation + 1);
        assert_eq!((new.ended, new.attempted_at, new.retry), (None, None, None));
    }

    #[test]
    fn a_sign_in_keeps_nothing_of_an_earlier_session() {
        let old = record();
        let new = signed_in(old.account.clone(), "grant-2".into(), "openid email", None, response("fresh"), None, NOW)
            .after(None);
        assert_eq!((new.refresh_token, new.id_token, new.claims), (None, None, None));
        assert_eq!((new.grant_id.as_str(), new.generation, new.signed_in_at), ("grant-2", 1, NOW));
        assert_eq!((new.ended, new.attempted_at, new.retry), (None, None, None));
        assert_eq!(new.scope, "openid email", "the scope that was asked for, as the response does not say");
    }

    #[test]
    fn lifetimes_are_counted_from_here() {
        let access = |lifetime| {
            let response = Box::new(TokenResponse { lifetime, ..*response("fresh") });
            refreshed(&record(), response, None, None, NOW).access.map(|access| (access.obtained_at, access.expires_at))
        };
        assert_eq!(access(Some(LIFETIME)), Some((NOW, Some(NOW + LIFETIME))));
        assert_eq!(access(Some(0)), Some((NOW, Some(NOW))));
        assert_eq!(access(None), Some((NOW, None)));
    }
}
