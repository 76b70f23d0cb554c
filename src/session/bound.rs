//! The upper bound that a provider sets a session: the claim `session_expiry` of its ID token (IPSIE). At that instant the
//! session is over, whatever its tokens are good for.

use super::record::Record;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::Json;

/// The instants that JavaScript can name.
const LAST_INSTANT: f64 = 8.64e15;

impl Record {
    /// Whether the time that the provider allows the session is over, now or once and for all: no token is handed out any
    /// more, nor asked for.
    pub fn is_expired(&self, now: Millis) -> bool {
        self.ended.as_ref().is_some_and(|cause| cause.code == ErrorCode::ReauthRequired)
            || self.session_expiry.is_some_and(|at| at <= now)
    }

    /// Why the session can go on only after a new sign-in, also where that is not stored yet.
    pub fn end(&self, now: Millis) -> Option<Error> {
        self.ended.clone().or_else(|| self.is_expired(now).then(session_expired))
    }
}

/// The instant that the claim `session_expiry` (seconds since the epoch) names, on a clock that is behind the provider's
/// by so much.
pub(super) fn session_expiry(claims: &Json, clock_offset: Millis) -> Option<Millis> {
    let seconds = claims.get("session_expiry")?.as_f64()?;
    let at = (seconds * 1000.0).clamp(-LAST_INSTANT, LAST_INSTANT) as Millis;
    Some(at.saturating_sub(clock_offset))
}

/// Why a session is over whose time is.
pub(super) fn session_expired() -> Error {
    let message = "session_expiry: the time that the provider allows this session is over";
    Error::new(ErrorCode::ReauthRequired, message)
}
