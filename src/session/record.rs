//! The stored session: one record an account, with its identity inside.

use super::account::Account;
use super::bound::session_expiry;
use super::fields::{Corrupt, Fields, object};
use super::proof_key::ProofKey;
use super::target::{self, Target, TargetedToken};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode, OAuthError};
use crate::protocol::json::{Json, Parser};
use crate::protocol::token::TokenType;
use alloc::rc::Rc;
use core::fmt;

/// The version of the stored form; records of another one are migrated or count as signed out.
const VERSION: i64 = 1;
/// In bytes. A token response has one MiB at most, so no record comes near this.
const MOST_SIZE: usize = 1 << 23;
/// Clocks of a machine may be set back by this much before a token's age counts as unknown.
const BACKWARD_TOLERANCE: Millis = 60_000;

/// A session as it is stored.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// Whose session it is.
    pub(super) account: Account,
    /// Random, new with every sign-in: a late answer for an earlier grant changes nothing of a later one.
    pub(super) grant_id: String,
    /// Counts the token responses of this grant.
    pub generation: i64,
    /// When the user signed in, on this machine's clock.
    pub signed_in_at: Millis,
    /// The access token; absent in the slim record that a full storage leaves.
    pub access: Option<Access>,
    /// What the next refresh presents.
    pub refresh_token: Option<String>,
    /// The last ID token as it came, for `id_token_hint`.
    pub id_token: Option<String>,
    /// The verified claims of the ID token; absent for a provider without OpenID Connect.
    pub claims: Option<Json>,
    /// When the provider ends the session, on this machine's clock: an upper bound that no refresh goes beyond (the claim
    /// `session_expiry`). It stays in the slim record.
    pub session_expiry: Option<Millis>,
    /// The granted scope, separated by spaces.
    pub scope: String,
    /// The resource that the access token is for (RFC 8707).
    pub resource: Option<String>,
    /// What the sign-in asked for, as scope and then resources: the grant covers no more. Records of earlier releases do
    /// not say.
    pub(super) asked: Option<Vec<String>>,
    /// The `max_age` that the sign-in asked for: the time of authentication is then not to change.
    pub max_age_seconds: Option<i64>,
    /// Tokens for other resources or fewer scopes.
    pub targeted: Vec<TargetedToken>,
    /// The granted `authorization_details` (RFC 9396), an array.
    pub details: Option<Json>,
    /// The key that the tokens are bound to, if they are.
    pub key: Option<ProofKey>,
    /// Why the session can go on only after a new sign-in.
    pub ended: Option<Error>,
    /// A refresh is under way or its answer was lost: when it was sent.
    pub attempted_at: Option<Millis>,
    /// That refresh went without the lock: whoever holds the lock meanwhile is not the only one.
    pub unlocked: bool,
    /// Transient failures since the last answer.
    pub retry: Option<Retry>,
}

/// An access token and its life on this machine's clock.
#[derive(Clone, PartialEq)]
pub struct Access {
    /// The token.
    pub token: Rc<str>,
    /// How it is presented.
    pub token_type: TokenType,
    /// When the answer arrived.
    pub obtained_at: Millis,
    /// When it expires; `None` if the provider does not say.
    pub expires_at: Option<Millis>,
}

/// The back-off after failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many in a row.
    pub failures: i64,
    /// When the last one was.
    pub since: Millis,
    /// Not before this.
    pub at: Millis,
    /// The class of the last failure.
    pub code: ErrorCode,
    /// When the provider first refused since the last answer that brought tokens, if it has.
    pub refused_since: Option<Millis>,
}

impl Retry {
    /// Whether it is too early still. A clock that was set back since the failure says nothing about that.
    pub fn is_pending(&self, now: Millis) -> bool {
        (self.since - BACKWARD_TOLERANCE..self.at).contains(&now)
    }
}

impl Access {
    /// How long it is valid still; `None` for an unknown lifetime. Zero when expired, and when the clock was set back
    /// so far that the token's age is unknown.
    pub fn remaining(&self, now: Millis) -> Option<Millis> {
        let expires_at = self.expires_at?;
        Some(if self.is_of_unknown_age(now) { 0 } else { (expires_at - now).max(0) })
    }

    /// The clock was set back since the token was obtained.
    pub fn is_of_unknown_age(&self, now: Millis) -> bool {
        now < self.obtained_at - BACKWARD_TOLERANCE
    }

    /// Whether it may be handed out.
    pub fn is_valid(&self, now: Millis) -> bool {
        !self.is_elsewhere() && self.remaining(now).is_none_or(|remaining| remaining > 0)
    }

    /// Of a session that is known from a [view](super::view) alone: the token is in the store only.
    pub fn is_elsewhere(&self) -> bool {
        self.token.is_empty()
    }

    /// The lifetime it was issued with.
    pub fn lifetime(&self) -> Option<Millis> {
        self.expires_at.map(|expires_at| expires_at - self.obtained_at)
    }
}

impl Record {
    /// The same life on a clock that was set back so far and says `now`. A failure that is not of a later time by it has
    /// happened since.
    pub fn set_back(&self, by: Millis, now: Millis) -> Record {
        let mut record = self.clone();
        if let Some(access) = &mut record.access {
            access.obtained_at -= by;
            access.expires_at = access.expires_at.map(|at| at - by);
        }
        if let Some(retry) = record.retry.as_mut().filter(|retry| retry.since > now) {
            retry.since -= by;
            retry.at -= by;
            retry.refused_since = retry.refused_since.map(|at| at - by);
        }
        record.session_expiry = record.session_expiry.map(|at| at - by);
        record
    }

    /// An instant that tells whether the clock was set: when the access token expires, or else the session.
    pub fn landmark(&self) -> Option<Millis> {
        self.expires_at().or(self.session_expiry)
    }

    /// When the access token expires, if there is one and the provider says.
    pub fn expires_at(&self) -> Option<Millis> {
        self.access.as_ref()?.expires_at
    }

    /// Whose session it is. No record is without one, and none changes hands.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Which sign-in it comes from.
    pub fn grant_id(&self) -> &str {
        &self.grant_id
    }

    /// The access token, if it may be handed out.
    pub fn valid_access(&self, now: Millis) -> Option<&Access> {
        self.access.as_ref().filter(|access| access.is_valid(now) && !self.is_expired(now))
    }

    /// The token for that target, or the session's own.
    pub fn access_for(&self, target: Option<&Target>) -> Option<&Access> {
        match target {
            None => self.access.as_ref(),
            Some(target) => target::find(&self.targeted, target),
        }
    }

    /// Whether the session's own token is what is asked for there.
    pub fn is_own(&self, target: &Target) -> bool {
        (target.resource.is_none() || target.resource == self.resource)
            && target.scope.as_deref().is_none_or(|scope| target::same(scope, &self.scope))
    }

    /// What of that target the grant cannot cover, as far as is known: a resource must be among those that were asked for
    /// (RFC 8707 section 2.2; where none was, the provider decides), a scope value among those that were asked for or
    /// granted (RFC 6749 section 6).
    pub fn lacks(&self, target: &Target) -> Option<&'static str> {
        let (scope, resources) = self.asked.as_deref()?.split_first()?;
        let beyond = |wanted: &str| !target::within(wanted, &[scope, " ", &self.scope].concat());
        if target.resource.as_ref().is_some_and(|wanted| !resources.is_empty() && !resources.contains(wanted)) {
            return Some("resource");
        }
        target.scope.as_deref().is_some_and(beyond).then_some("scope")
    }

    /// Whether this is a later state of the grant than the one with that id and generation, or another grant.
    pub fn differs_from(&self, grant_id: &str, generation: i64) -> bool {
        self.grant_id != grant_id || self.generation > generation
    }

    /// What still fits into a full storage: identity and refresh token. The consumed one must not stay behind.
    pub fn slim(&self) -> Record {
        Record { access: None, id_token: None, claims: None, targeted: Vec::new(), details: None, ..self.clone() }
    }

    /// Adds what this context knows of the grant and the storage may have had no room for: what goes with a slim record,
    /// the end of the session, and the failures since the last answer. Only a later generation undoes those.
    pub fn fill_in(&mut self, known: &Record) {
        if self.grant_id != known.grant_id {
            return;
        }
        if self.access.is_none() {
            self.access = known.access.clone().filter(|access| !access.is_elsewhere());
            self.id_token = known.id_token.clone();
            self.claims = known.claims.clone();
            self.targeted = known.targeted.clone();
            self.details = known.details.clone();
        }
        if self.generation == known.generation {
            self.ended = self.ended.take().or_else(|| known.ended.clone());
            self.retry = [self.retry, known.retry].into_iter().flatten().max_by_key(|retry| retry.failures);
        }
    }

    /// The stored text.
    pub fn encode(&self) -> String {
        let targeted: Vec<Json> = self.targeted.iter().map(TargetedToken::encode).collect();
        let retry = self.retry.map(|retry| {
            object([
                ("failures", retry.failures.into()),
                ("since", retry.since.into()),
                ("at", retry.at.into()),
                ("code", retry.code.as_str().into()),
                ("refused", retry.refused_since.into()),
            ])
        });
        object([
            ("v", VERSION.into()),
            ("provider", self.account.provider().into()),
            ("issuer", self.account.issuer().into()),
            ("client", self.account.client_id().into()),
            ("subject", self.account.subject().into()),
            ("grant", self.grant_id.as_str().into()),
            ("generation", self.generation.into()),
            ("signedIn", self.signed_in_at.into()),
            ("access", self.access.as_ref().map(encode_access).into()),
            ("refresh", self.refresh_token.clone().into()),
            ("idToken", self.id_token.clone().into()),
            ("claims", self.claims.clone().into()),
            ("sessionExpiry", self.session_expiry.into()),
            ("scope", self.scope.as_str().into()),
            ("resource", self.resource.clone().into()),
            ("asked", self.asked.as_deref().map(target::encode_texts).into()),
            ("maxAge", self.max_age_seconds.into()),
            ("tokens", if targeted.is_empty() { Json::Null } else { Json::Array(targeted) }),
            ("details", self.details.clone().into()),
            ("key", self.key.as_ref().map(ProofKey::encode).into()),
            ("ended", self.ended.as_ref().map(encode_error).into()),
            ("attempted", self.attempted_at.into()),
            ("unlocked", if self.unlocked { 1.into() } else { Json::Null }),
            ("retry", retry.into()),
        ])
        .to_text()
    }

    /// Reads what [`Record::encode`] wrote under that key; anything else is corrupt and counts as signed out.
    pub fn decode(text: &str, key: &str, namespace: &str, parse: Parser) -> Result<Record, Corrupt> {
        if text.len() > MOST_SIZE {
            return Err(Corrupt);
        }
        let json = parse(text).ok_or(Corrupt)?;
        let fields = Fields(&json);
        if fields.whole("v")? != VERSION {
            return Err(Corrupt);
        }
        let account = account(fields, key, namespace)?;
        Ok(Record {
            account,
            grant_id: fields.text("grant")?.to_owned(),
            generation: fields.whole("generation")?,
            signed_in_at: fields.whole("signedIn")?,
            access: fields.present("access").map(decode_access).transpose()?,
            refresh_token: fields.optional_text("refresh")?,
            id_token: fields.optional_text("idToken")?,
            claims: fields.present("claims").map(decode_claims).transpose()?,
            session_expiry: match fields.optional_whole("sessionExpiry")? {
                // Earlier releases did not look at it.
                None => fields.present("claims").and_then(|claims| session_expiry(claims, 0)),
                known => known,
            },
            scope: fields.text("scope")?.to_owned(),
            resource: fields.optional_text("resource")?,
            asked: fields.present("asked").map(target::decode_texts).transpose()?,
            max_age_seconds: fields.optional_whole("maxAge")?,
            targeted: list(fields.present("tokens"))?.iter().map(TargetedToken::decode).collect::<Result<_, _>>()?,
            details: list(fields.present("details")).map(|_| fields.present("details").cloned())?,
            key: fields.present("key").map(ProofKey::decode).transpose()?,
            ended: fields.present("ended").map(decode_error).transpose()?,
            attempted_at: fields.optional_whole("attempted")?,
            unlocked: fields.optional_whole("unlocked")?.is_some(),
            retry: fields.present("retry").map(decode_retry).transpose()?,
        })
    }
}

/// Whose a record is by its own word, and by the place where it lies, also if the rest of it is not as this release
/// writes it.
pub fn claimed(text: &str, key: &str, namespace: &str, parse: Parser) -> Option<Account> {
    account(Fields(&parse(text)?), key, namespace).ok()
}

fn account(fields: Fields<'_>, key: &str, namespace: &str) -> Result<Account, Corrupt> {
    let [provider, issuer, client, subject] = ["provider", "issuer", "client", "subject"].map(|name| fields.text(name));
    let account = Account::new(provider?, issuer?, client?, subject?);
    account.filter(|account| account.key(namespace) == key).ok_or(Corrupt)
}

pub(super) fn encode_access(access: &Access) -> Json {
    object([
        ("token", (&*access.token).into()),
        ("type", access.token_type.as_str().into()),
        ("obtained", access.obtained_at.into()),
        ("expires", access.expires_at.into()),
    ])
}

/// The elements of an array, or none.
fn list(json: Option<&Json>) -> Result<&[Json], Corrupt> {
    json.map_or(Ok(&[]), |json| json.elements().ok_or(Corrupt))
}

pub(super) fn decode_access(json: &Json) -> Result<Access, Corrupt> {
    let fields = Fields(json);
    let token = fields.text("token")?;
    if token.is_empty() {
        return Err(Corrupt);
    }
    Ok(Access {
        token: token.into(),
        token_type: TokenType::from_name(fields.text("type")?).ok_or(Corrupt)?,
        obtained_at: fields.whole("obtained")?,
        expires_at: fields.optional_whole("expires")?,
    })
}

fn decode_claims(json: &Json) -> Result<Json, Corrupt> {
    json.members().map(|_| json.clone()).ok_or(Corrupt)
}

fn decode_retry(json: &Json) -> Result<Retry, Corrupt> {
    let fields = Fields(json);
    Ok(Retry {
        failures: fields.whole("failures")?,
        since: fields.whole("since")?,
        at: fields.whole("at")?,
        code: decode_code(fields)?,
        refused_since: fields.optional_whole("refused")?,
    })
}

pub(super) fn encode_error(error: &Error) -> Json {
    let oauth = error.oauth.as_ref();
    object([
        ("code", error.code.as_str().into()),
        ("message", (&*error.message).into()),
        ("error", oauth.map(|oauth| oauth.error.clone()).into()),
        ("description", oauth.and_then(|oauth| oauth.description.clone()).into()),
        ("uri", oauth.and_then(|oauth| oauth.uri.clone()).into()),
        ("status", oauth.and_then(|oauth| oauth.status).map(i64::from).into()),
    ])
}

pub(super) fn decode_error(json: &Json) -> Result<Error, Corrupt> {
    let fields = Fields(json);
    let mut error = Error::new(decode_code(fields)?, fields.text("message")?.to_owned());
    if let Some(name) = fields.optional_text("error")? {
        let status = fields.optional_whole("status")?.map(u16::try_from).transpose().map_err(|_| Corrupt)?;
        let (description, uri) = (fields.optional_text("description")?, fields.optional_text("uri")?);
        error.oauth = Some(Box::new(OAuthError { error: name, description, uri, status }));
    }
    Ok(error)
}

fn decode_code(fields: Fields<'_>) -> Result<ErrorCode, Corrupt> {
    let name = fields.text("code")?;
    ErrorCode::ALL.iter().copied().find(|code| code.as_str() == name).ok_or(Corrupt)
}

/// Tokens stay out of every log.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("provider", &self.account.provider())
            .field("generation", &self.generation)
            .field("ended", &self.ended.is_some())
            .finish_non_exhaustive()
    }
}

/// Tokens stay out of every log.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
