//! What a page shows before anything else is there: the sessions as an app sees them, and the active one's access token
//! with the time within which it may be handed out. It lies beside the records, where it can be read at once.
//!
//! The npm package reads it without this module (pkg/head.js), so it is ready-made for that: nothing in it has to be
//! worked out. There is no refresh token, no ID token and nothing that is bound to a key in it. It is never the truth:
//! what is decided, is decided from the records.

use super::account::Account;
use super::fields::{Corrupt, Fields, object};
use super::record::{Access, Record, decode_error, encode_error};
use super::schedule;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::Error;
use crate::protocol::json::{Json, Parser};
use crate::protocol::token::TokenType;
use alloc::rc::Rc;

/// The version of the form; views of another one are not looked at. pkg/head.js has the same.
const VERSION: i64 = 1;
/// The last instant that JavaScript's `Date` knows: the bound of a token whose lifetime is unknown.
pub const NEVER: Millis = 8_640_000_000_000_000;

/// What a view is made for: the providers of a configuration by id, issuer and client id.
pub fn configuration<'a>(providers: impl Iterator<Item = (&'a str, Option<&'a str>, &'a str)>) -> Json {
    let provider = |(id, issuer, client): (&str, Option<&str>, &str)| {
        Json::Array(vec![id.into(), issuer.map(str::to_owned).into(), client.into()])
    };
    Json::Array(providers.map(provider).collect())
}

/// Where the view for that configuration lies. pkg/head.js has the same.
pub fn key(namespace: &str, configuration: &Json) -> String {
    [namespace, ":view:", &configuration.to_text()].concat()
}

/// The view of these sessions, the active one first; `None` if there are none. Where there is more to a session than
/// can be shown (a back-off, a record that is not stored yet), it says no more than that there is something. Without the token
/// it says all the same until when it may be shown.
pub fn encode(configuration: &Json, records: &[Rc<Record>], whole: bool, with_token: bool) -> Option<String> {
    let active = records.first()?;
    let whole = whole && records.iter().all(|record| record.retry.is_none());
    let token = active.access.as_ref().filter(|access| whole && is_shown(active, access));
    let list =
        |of: fn(&Rc<Record>) -> Json| if whole { Json::Array(records.iter().map(of).collect()) } else { Json::Null };
    let view = object([
        ("v", VERSION.into()),
        ("for", configuration.clone()),
        ("sessions", list(session)),
        ("grants", list(grant)),
        ("token", token.filter(|_| with_token).map(|access| String::from(&*access.token)).into()),
        ("from", token.map(|access| access.obtained_at).into()),
        ("until", token.map(|access| until(access, records)).into()),
    ]);
    Some(view.to_text())
}

/// The sessions that a view for that configuration shows, as records without what it does not carry: all but the active
/// one's access token is missing, and so is whatever it would take to get another. Anything else is no view.
pub fn decode(text: &str, configuration: &Json, parse: Parser) -> Result<Vec<Record>, Corrupt> {
    let json = parse(text).ok_or(Corrupt)?;
    let fields = Fields(&json);
    if fields.whole("v")? != VERSION || json.get("for") != Some(configuration) {
        return Err(Corrupt);
    }
    let (sessions, grants) = (elements(&json, "sessions")?, elements(&json, "grants")?);
    if sessions.is_empty() || sessions.len() != grants.len() {
        return Err(Corrupt);
    }
    let mut token = fields.optional_text("token")?.unwrap_or_default();
    let records = sessions.iter().zip(grants);
    // The token is the first one's.
    records.map(|(session, grant)| record(Fields(session), Fields(grant), core::mem::take(&mut token))).collect()
}

/// A session as an app sees it: `Session` of the JavaScript contract.
fn session(record: &Rc<Record>) -> Json {
    let account = &record.account;
    let scope = record.scope.split(' ').filter(|value| !value.is_empty());
    let members = [
        ("provider", account.provider().into()),
        ("issuer", account.issuer().into()),
        ("subject", account.subject().into()),
        ("clientId", account.client_id().into()),
        ("claims", record.claims.clone().into()),
        ("scope", Json::Array(scope.map(Json::from).collect())),
        ("authorizationDetails", record.details.clone().into()),
        ("expiresAt", record.expires_at().into()),
        ("status", if record.ended.is_some() { "reauth_required" } else { "active" }.into()),
        ("error", record.ended.as_ref().map(error).into()),
    ];
    Json::Object(members.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

/// `AuthError` of the JavaScript contract, beside what is read again.
fn error(error: &Error) -> Json {
    let oauth = error.oauth.as_ref().map(|oauth| {
        let members = [
            ("error", oauth.error.as_str().into()),
            ("errorDescription", oauth.description.clone().into()),
            ("errorUri", oauth.uri.clone().into()),
            ("status", oauth.status.map(i64::from).into()),
        ];
        Json::Object(members.map(|(name, value)| (name.to_owned(), value)).to_vec())
    });
    object([
        ("message", (&*error.message).into()),
        ("code", error.code.as_str().into()),
        ("retryable", error.retryable().into()),
        ("oauth", oauth.into()),
        ("stored", encode_error(error)),
    ])
}

/// What this side needs to know besides.
fn grant(record: &Rc<Record>) -> Json {
    object([
        ("id", record.grant_id.as_str().into()),
        ("generation", record.generation.into()),
        ("signedIn", record.signed_in_at.into()),
        ("obtained", record.access.as_ref().map(|access| access.obtained_at).into()),
        ("ends", record.session_expiry.into()),
    ])
}

fn record(session: Fields<'_>, grant: Fields<'_>, token: String) -> Result<Record, Corrupt> {
    let account = Account::new(
        session.text("provider")?,
        session.text("issuer")?,
        session.text("clientId")?,
        session.text("subject")?,
    )
    .ok_or(Corrupt)?;
    let mut scope = String::new();
    for value in session.0.get("scope").and_then(Json::elements).ok_or(Corrupt)? {
        if !scope.is_empty() {
            scope.push(' ');
        }
        scope.push_str(value.as_str().ok_or(Corrupt)?);
    }
    let claims = session.present("claims");
    let details = session.present("authorizationDetails");
    if claims.is_some_and(|claims| claims.members().is_none())
        || details.is_some_and(|details| details.elements().is_none())
    {
        return Err(Corrupt);
    }
    let ended = session.present("error").map(|error| error.get("stored").ok_or(Corrupt).and_then(decode_error));
    let expires_at = session.optional_whole("expiresAt")?;
    let access = grant.optional_whole("obtained")?.map(|obtained_at| Access {
        token: token.into(),
        token_type: TokenType::Bearer,
        obtained_at,
        expires_at,
    });
    Ok(Record {
        account,
        grant_id: grant.text("id")?.to_owned(),
        generation: grant.whole("generation")?,
        signed_in_at: grant.whole("signedIn")?,
        access,
        refresh_token: None,
        id_token: None,
        claims: claims.cloned(),
        session_expiry: grant.optional_whole("ends")?,
        scope,
        resource: None,
        asked: None,
        max_age_seconds: None,
        targeted: Vec::new(),
        details: details.cloned(),
        key: None,
        ended: ended.transpose()?,
        attempted_at: None,
        unlocked: false,
        retry: None,
    })
}

/// Only what a call without options gets: nothing that needs a proof, and no token of a session that has ended.
fn is_shown(record: &Record, access: &Access) -> bool {
    access.token_type == TokenType::Bearer && record.key.is_none() && record.ended.is_none() && !access.is_elsewhere()
}

/// Until when a call without options is given it without anything else that had to be done, and every session that goes on
/// is shown as one that does: when the time of one is over, the page waits for the module.
fn until(access: &Access, records: &[Rc<Record>]) -> Millis {
    let good = access.expires_at.map_or(NEVER, |at| at - schedule::required_validity(None, access.lifetime()));
    let going_on = records.iter().filter(|record| record.ended.is_none());
    going_on.filter_map(|record| record.session_expiry).fold(good, Millis::min)
}

fn elements<'a>(json: &'a Json, name: &str) -> Result<&'a [Json], Corrupt> {
    json.get(name).and_then(Json::elements).ok_or(Corrupt)
}

#[cfg(test)]
mod tests;
