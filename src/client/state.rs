//! What an app sees of its sessions: immutable snapshots, new only when something changes.

use crate::protocol::Millis;
use crate::protocol::error::Error;
use crate::protocol::json::Json;
use crate::session::record::Record;
use std::rc::Rc;

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
    /// What an app may see of a record.
    pub(crate) fn of(record: &Record) -> Session {
        let account = &record.account;
        Session {
            provider: account.provider().to_owned(),
            issuer: account.issuer().to_owned(),
            subject: account.subject().to_owned(),
            client_id: account.client_id().to_owned(),
            claims: record.claims.clone(),
            scope: record.scope.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect(),
            expires_at: record.access.as_ref().and_then(|access| access.expires_at),
            error: record.ended.clone(),
        }
    }
}

/// States as JSON and claims in types of the app's own.
#[cfg(feature = "serde")]
mod with_serde {
    use super::{AuthState, Session, Status};
    use crate::protocol::json::Json;
    use serde::ser::{Serialize, SerializeMap as _, SerializeStruct as _, Serializer};

    impl Serialize for Json {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Json::Null => serializer.serialize_unit(),
                Json::Bool(value) => serializer.serialize_bool(*value),
                Json::Number(number) => match self.as_i64() {
                    Some(whole) => serializer.serialize_i64(whole),
                    None => serializer.serialize_f64(*number),
                },
                Json::String(text) => serializer.serialize_str(text),
                Json::Array(elements) => serializer.collect_seq(elements),
                Json::Object(members) => {
                    let mut map = serializer.serialize_map(Some(members.len()))?;
                    for (name, value) in members {
                        map.serialize_entry(name, value)?;
                    }
                    map.end()
                }
            }
        }
    }

    impl Serialize for AuthState {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let status = match self.status() {
                Status::SignedOut => "signed_out",
                Status::SignedIn => "signed_in",
                Status::ReauthRequired => "reauth_required",
            };
            let sessions: Vec<&Session> = self.sessions.iter().map(|session| &**session).collect();
            let mut state = serializer.serialize_struct("AuthState", 3)?;
            state.serialize_field("status", status)?;
            state.serialize_field("session", &self.session.as_deref())?;
            state.serialize_field("sessions", &sessions)?;
            state.end()
        }
    }

    impl Serialize for Session {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut session = serializer.serialize_struct("Session", 8)?;
            session.serialize_field("provider", &self.provider)?;
            session.serialize_field("issuer", &self.issuer)?;
            session.serialize_field("subject", &self.subject)?;
            session.serialize_field("clientId", &self.client_id)?;
            session.serialize_field("claims", &self.claims)?;
            session.serialize_field("scope", &self.scope)?;
            session.serialize_field("expiresAt", &self.expires_at)?;
            session.serialize_field("status", if self.error.is_some() { "reauth_required" } else { "active" })?;
            session.end()
        }
    }
}
