//! What an app sees of its sessions: immutable snapshots, new only when something changes.

use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::Error;
use crate::protocol::json::Json;
use crate::session::record::Record;
use alloc::rc::Rc;

/// The state of an instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuthState {
    /// The active session: the one most recently signed in to.
    pub session: Option<Rc<Session>>,
    /// Every stored session, one per (provider, subject), the active one first.
    pub sessions: Vec<Rc<Session>>,
}

/// One session, without its tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The provider's id in the configuration.
    pub provider: String,
    /// Issuer identifier.
    pub issuer: String,
    /// The `sub` of the user at that issuer.
    pub subject: String,
    /// The client id that the session was granted to.
    pub client_id: String,
    /// The verified ID token's claims; `None` for a provider without OpenID Connect.
    pub claims: Option<Json>,
    /// The granted scope values.
    pub scope: Vec<String>,
    /// The granted `authorization_details` (RFC 9396), an array; `None` if the provider gives none.
    pub authorization_details: Option<Json>,
    /// Expiry of the access token on this machine's clock; `None` if the provider does not say.
    pub expires_at: Option<Millis>,
    /// Why the session can go on only after a new sign-in; sticky until then.
    pub error: Option<Error>,
}

/// Where an instance or a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No session.
    SignedOut,
    /// A session that goes on by itself.
    SignedIn,
    /// A session that can go on only after a new sign-in.
    ReauthRequired,
}

impl AuthState {
    /// Where the active session stands.
    pub fn status(&self) -> Status {
        match &self.session {
            None => Status::SignedOut,
            Some(session) if session.error.is_some() => Status::ReauthRequired,
            Some(_) => Status::SignedIn,
        }
    }

    /// Whether there is an active session that goes on by itself.
    pub fn is_signed_in(&self) -> bool {
        self.status() == Status::SignedIn
    }
}

impl Session {
    /// What an app may see of a record now: that its time is over shows before it is stored.
    pub(super) fn at(record: &Record, now: Millis) -> Session {
        Session { error: record.end(now), ..Session::of(record) }
    }

    /// What an app may see of a record.
    pub fn of(record: &Record) -> Session {
        let account = record.account();
        Session {
            provider: account.provider().to_owned(),
            issuer: account.issuer().to_owned(),
            subject: account.subject().to_owned(),
            client_id: account.client_id().to_owned(),
            claims: record.claims.clone(),
            scope: record.scope.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect(),
            authorization_details: record.details.clone(),
            expires_at: record.access.as_ref().and_then(|access| access.expires_at),
            error: record.ended.clone(),
        }
    }
}
