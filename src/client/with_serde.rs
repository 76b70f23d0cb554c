//! States as JSON, and claims in types of the app's own.

use super::state::{AuthState, Session, Status};
use crate::prelude::*;
use crate::protocol::error::{Error, ErrorCode, OAuthError, StepUp, inert};
use crate::protocol::json::Json;
use alloc::string::ToString as _;
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeMap as _, SerializeStruct as _, Serializer};

impl Session {
    /// The ID token's claims as a type of the app's own. Fails for claims that do not fit it, and for a provider
    /// without OpenID Connect.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let claims = self.claims.as_ref().ok_or_else(|| misfit("the provider gave no ID token"))?;
        convert(claims).map_err(|reason| misfit(&reason))
    }
}

#[cfg(target_arch = "wasm32")]
fn convert<T: DeserializeOwned>(claims: &Json) -> Result<T, String> {
    let claims = crate::platform::web::to_js(claims);
    serde_wasm_bindgen::from_value(claims).map_err(|error| error.to_string())
}

#[cfg(not(target_arch = "wasm32"))]
fn convert<T: DeserializeOwned>(claims: &Json) -> Result<T, String> {
    serde_json::from_str(&claims.to_text()).map_err(|error| error.to_string())
}

/// What serde says may repeat a claim, which is somebody else's text.
fn misfit(reason: &str) -> Error {
    Error::new(ErrorCode::InvalidIdToken, inert(&["claims: ", reason].concat()))
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
        let mut session = serializer.serialize_struct("Session", 10)?;
        session.serialize_field("provider", &self.provider)?;
        session.serialize_field("issuer", &self.issuer)?;
        session.serialize_field("subject", &self.subject)?;
        session.serialize_field("clientId", &self.client_id)?;
        session.serialize_field("claims", &self.claims)?;
        session.serialize_field("scope", &self.scope)?;
        session.serialize_field("expiresAt", &self.expires_at)?;
        session.serialize_field("authorizationDetails", &self.authorization_details)?;
        session.serialize_field("status", if self.error.is_some() { "reauth_required" } else { "active" })?;
        session.serialize_field("error", &self.error)?;
        session.end()
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("AuthError", 6)?;
        error.serialize_field("code", self.code.as_str())?;
        error.serialize_field("message", &self.message)?;
        error.serialize_field("retryable", &self.retryable())?;
        error.serialize_field("provider", &self.provider)?;
        error.serialize_field("oauth", &self.oauth)?;
        error.serialize_field("stepUp", &self.step_up)?;
        error.end()
    }
}

impl Serialize for StepUp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut demands = serializer.serialize_struct("StepUp", 3)?;
        demands.serialize_field("acrValues", &self.acr_values)?;
        demands.serialize_field("maxAgeSeconds", &self.max_age_seconds)?;
        demands.serialize_field("scope", &self.scope)?;
        demands.end()
    }
}

impl Serialize for OAuthError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("OAuthError", 4)?;
        error.serialize_field("error", &self.error)?;
        error.serialize_field("errorDescription", &self.description)?;
        error.serialize_field("errorUri", &self.uri)?;
        error.serialize_field("status", &self.status)?;
        error.end()
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;
    use std::rc::Rc;

    fn session(claims: Option<Json>) -> Session {
        Session {
            provider: "default".to_owned(),
            issuer: "https://login.example".to_owned(),
            subject: "ada".to_owned(),
            client_id: "app".to_owned(),
            claims,
            scope: vec!["openid".to_owned(), "profile".to_owned()],
            authorization_details: None,
            expires_at: Some(1_800_000_000_000),
            error: None,
        }
    }

    fn claims() -> Json {
        Json::Object(vec![
            ("sub".to_owned(), "ada".into()),
            ("name".to_owned(), "Ada \"Countess\" Lovelace".into()),
            ("auth_time".to_owned(), Json::Number(1_800_000_000.5)),
            ("exp".to_owned(), 1_800_003_600.into()),
            ("roles".to_owned(), Json::Array(vec!["admin".into(), "analyst".into()])),
            ("address".to_owned(), Json::Null),
        ])
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Profile {
        name: String,
        exp: u64,
        auth_time: f64,
        #[serde(default)]
        roles: Vec<String>,
        address: Option<String>,
        email: Option<String>,
    }

    #[test]
    fn claims_fill_the_apps_own_type() {
        let profile: Profile = session(Some(claims())).claims_as().unwrap();
        let expected = Profile {
            name: "Ada \"Countess\" Lovelace".to_owned(),
            exp: 1_800_003_600,
            auth_time: 1_800_000_000.5,
            roles: vec!["admin".to_owned(), "analyst".to_owned()],
            address: None,
            email: None,
        };
        assert_eq!(profile, expected);
    }

    #[test]
    fn claims_that_do_not_fit_are_an_error_that_names_the_member() {
        let error = session(Some(Json::Object(Vec::new()))).claims_as::<Profile>().unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidIdToken);
        assert!(error.message.contains("`name`"), "{}", error.message);
    }

    #[test]
    fn without_an_id_token_there_are_no_claims() {
        assert_eq!(session(None).claims_as::<Profile>().unwrap_err().code, ErrorCode::InvalidIdToken);
    }

    #[test]
    fn a_state_as_json_reads_like_the_contract() {
        let mut ended = session(None);
        let oauth = OAuthError::inert("invalid_grant", Some("expired"), None, Some(400));
        let mut error = Error::new(ErrorCode::ReauthRequired, "sign in again").of_provider("default");
        error.oauth = Some(Box::new(oauth));
        ended.error = Some(error);
        let (active, ended) = (Rc::new(session(Some(claims()))), Rc::new(ended));
        let state = AuthState { session: Some(active.clone()), sessions: vec![active, ended] };
        let state = serde_json::to_value(&state).unwrap();
        assert_eq!(state["status"], "signed_in");
        assert_eq!(state["session"], state["sessions"][0]);
        assert_eq!(
            state["session"],
            json!({
                "provider": "default",
                "issuer": "https://login.example",
                "subject": "ada",
                "clientId": "app",
                "claims": {
                    "sub": "ada",
                    "name": "Ada \"Countess\" Lovelace",
                    "auth_time": 1_800_000_000.5,
                    "exp": 1_800_003_600,
                    "roles": ["admin", "analyst"],
                    "address": null,
                },
                "scope": ["openid", "profile"],
                "expiresAt": 1_800_000_000_000_i64,
                "authorizationDetails": null,
                "status": "active",
                "error": null,
            })
        );
        assert_eq!(state["sessions"][1]["status"], "reauth_required");
        assert_eq!(
            state["sessions"][1]["error"],
            json!({
                "code": "reauth_required",
                "message": "sign in again",
                "retryable": false,
                "provider": "default",
                "oauth": { "error": "invalid_grant", "errorDescription": "expired", "errorUri": null, "status": 400 },
                "stepUp": null,
            })
        );
    }

    #[test]
    fn nobody_signed_in_as_json() {
        let state = serde_json::to_value(AuthState::default()).unwrap();
        assert_eq!(state, json!({ "status": "signed_out", "session": null, "sessions": [] }));
    }
}
