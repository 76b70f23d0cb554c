//! The two writers of a session: a sign-in replaces every field, a refresh merges (OpenID Connect Core section 12,
//! RFC 6749 section 6).

use super::account::Account;
use super::record::{Access, Record};
use crate::protocol::Millis;
use crate::protocol::json::Json;
use crate::protocol::token::TokenResponse;

/// The record of a new grant. What the token response lacks is absent; nothing of an earlier session is kept.
pub fn signed_in(
    account: Account,
    grant_id: String,
    requested_scope: &str,
    response: TokenResponse,
    claims: Option<Json>,
    now: Millis,
) -> Record {
    Record {
        account,
        grant_id,
        generation: 1,
        signed_in_at: now,
        access: Some(access(&response, now)),
        refresh_token: response.refresh_token,
        id_token: response.id_token,
        claims,
        scope: response.scope.unwrap_or_else(|| requested_scope.to_owned()),
        ended: None,
        attempted_at: None,
        retry: None,
    }
}

/// The record after a refresh: what the response has replaces the old, what it lacks stays. `claims` are those of the
/// response's ID token, if it had one that could be verified; without them the old ID token stays as well.
pub fn refreshed(old: &Record, response: TokenResponse, claims: Option<Json>, now: Millis) -> Record {
    let access = access(&response, now);
    let (id_token, claims) = match claims {
        Some(claims) => (response.id_token, Some(claims)),
        None => (old.id_token.clone(), old.claims.clone()),
    };
    Record {
        account: old.account.clone(),
        grant_id: old.grant_id.clone(),
        generation: old.generation + 1,
        signed_in_at: old.signed_in_at,
        access: Some(access),
        refresh_token: response.refresh_token.or_else(|| old.refresh_token.clone()),
        id_token,
        claims,
        scope: response.scope.unwrap_or_else(|| old.scope.clone()),
        ended: None,
        attempted_at: None,
        retry: None,
    }
}

fn access(response: &TokenResponse, now: Millis) -> Access {
    Access {
        token: response.access_token.as_str().into(),
        token_type: response.token_type,
        obtained_at: now,
        expires_at: response.lifetime.map(|lifetime| now + lifetime),
    }
}
