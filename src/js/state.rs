//! What an app sees of sessions, as frozen objects: the same object as long as nothing about it has changed.

use super::error::{auth_error, nullable};
use super::object::{frozen, frozen_json, frozen_list};
use crate::client::{AuthState, RedirectResult, Session, SignInResult, Status};
use crate::platform::web::parsed;
use crate::prelude::*;
use crate::protocol::error::Error;
use crate::session::event::{Event, Origin};
use crate::session::record::Record;
use alloc::rc::Rc;
use core::cell::RefCell;
use wasm_bindgen::prelude::*;

/// The objects that stand for the sessions of the latest state.
#[derive(Default)]
pub(super) struct Snapshots(RefCell<Vec<(Rc<Session>, JsValue)>>);

impl Snapshots {
    /// `AuthState`
    pub(super) fn state(&self, state: &AuthState) -> JsValue {
        let sessions = state.sessions.iter().map(|session| (session.clone(), self.session(session))).collect();
        *self.0.borrow_mut() = sessions;
        let status = match state.status() {
            Status::SignedOut => "signed_out",
            Status::SignedIn => "signed_in",
            Status::ReauthRequired => "reauth_required",
        };
        frozen(&[
            ("status", status.into()),
            ("session", nullable(state.session.as_ref().map(|session| self.session(session)))),
            ("sessions", frozen_list(&self.0.borrow().iter().map(|(_, object)| object.clone()).collect::<Vec<_>>())),
        ])
    }

    /// `Session`
    pub(super) fn session(&self, session: &Session) -> JsValue {
        let known = self.0.borrow();
        match known.iter().find(|(known, _)| **known == *session) {
            Some((_, object)) => object.clone(),
            None => session_object(session),
        }
    }

    /// `SignInResult`
    pub(super) fn sign_in_result(&self, result: &SignInResult) -> JsValue {
        frozen(&[
            ("session", self.session(&result.session)),
            ("appState", parsed(&result.app_state)),
            ("returnTo", nullable(result.return_to.as_deref())),
        ])
    }

    /// `RedirectResult`, or null.
    pub(super) fn redirect_result(&self, result: Option<&RedirectResult>) -> JsValue {
        let Some(RedirectResult { outcome }) = result else { return JsValue::NULL };
        frozen(&[
            ("result", nullable(outcome.as_ref().ok().map(|result| self.sign_in_result(result)))),
            ("error", nullable(outcome.as_ref().err().map(auth_error))),
        ])
    }

    /// The name and the object of an event: one member of `AuthEvents`.
    pub(super) fn event(&self, event: &Event) -> (&'static str, JsValue) {
        let session = |record: &Record| ("session", self.session(&Session::of(record)));
        let error = |error: &Error| ("error", auth_error(error));
        let origin = |origin: &Origin| ("origin", JsValue::from_str(origin.as_str()));
        let object = match event {
            Event::SignedIn(record, whose) | Event::TokenRefreshed(record, whose) => {
                frozen(&[session(record), origin(whose)])
            }
            Event::SignedOut(account, reason, whose) => frozen(&[
                ("provider", account.provider().into()),
                ("subject", account.subject().into()),
                ("reason", reason.as_str().into()),
                origin(whose),
            ]),
            Event::RefreshFailed(record, cause, retry_at) => {
                let retry_at = nullable(retry_at.map(|time| time as f64));
                frozen(&[session(record), error(cause), ("retryAt", retry_at)])
            }
            Event::ReauthRequired(record, cause) => frozen(&[session(record), error(cause)]),
            Event::SignInFailed(provider, cause) => frozen(&[("provider", provider.as_str().into()), error(cause)]),
            Event::StorageDegraded(cause) => frozen(&[error(cause)]),
        };
        (event.name(), object)
    }
}

fn session_object(session: &Session) -> JsValue {
    let scope: Vec<JsValue> = session.scope.iter().map(|value| value.as_str().into()).collect();
    let status = if session.error.is_some() { "reauth_required" } else { "active" };
    frozen(&[
        ("provider", session.provider.as_str().into()),
        ("issuer", session.issuer.as_str().into()),
        ("subject", session.subject.as_str().into()),
        ("clientId", session.client_id.as_str().into()),
        ("claims", nullable(session.claims.as_ref().map(frozen_json))),
        ("scope", frozen_list(&scope)),
        ("authorizationDetails", nullable(session.authorization_details.as_ref().map(frozen_json))),
        ("expiresAt", nullable(session.expires_at.map(|time| time as f64))),
        ("status", status.into()),
        ("error", nullable(session.error.as_ref().map(auth_error))),
    ])
}
