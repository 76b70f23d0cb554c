//! What a caller who asks for an access token gets: judged from the record alone, before a refresh and after it.

use super::record::{Access, Record};
use super::refresh::Need;
use super::schedule;
use super::target::Target;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};

/// What a caller asks of a token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// How long it must be valid still, if its lifetime allows; `None` means that a valid one will do.
    pub min_validity: Option<Millis>,
    /// A new one, however fresh the present one is.
    pub force_refresh: bool,
}

/// What becomes of a call for a token.
pub enum Verdict<'a> {
    /// It is given this.
    HandOut(&'a Access),
    /// It is given this, but a new one should come.
    Renew(&'a Access),
    /// A refresh must come first.
    Refresh(Need),
    /// No refresh would help.
    Refuse(Error),
}

impl Demand {
    /// The token in hand, if it is all that is asked for.
    pub fn met_by<'a>(&self, record: &'a Record, target: Option<&Target>, now: Millis) -> Option<&'a Access> {
        let access = record.access_for(target).filter(|_| !record.is_expired(now))?;
        self.is_met_by(access, now).then_some(access)
    }

    pub(super) fn is_met_by(&self, access: &Access, now: Millis) -> bool {
        let required = schedule::required_validity(self.min_validity, access.lifetime());
        !self.force_refresh
            && !access.is_elsewhere()
            && access.remaining(now).is_none_or(|remaining| remaining > 0 && remaining >= required)
    }

    /// What to do about it, with this record in hand.
    pub fn judge<'a>(&self, record: &'a Record, target: Option<&Target>, now: Millis) -> Verdict<'a> {
        if record.is_expired(now) {
            return Verdict::Refuse(spent(record, now));
        }
        let access = record.access_for(target);
        let valid = access.filter(|access| !self.force_refresh && access.is_valid(now));
        if let Some(valid) = valid {
            if self.is_met_by(valid, now) {
                return Verdict::HandOut(valid);
            }
            if self.min_validity.is_none() {
                return Verdict::Renew(valid);
            }
        }
        let expired_just_now = |access: &Access| {
            access.lifetime() == Some(0)
                && (0..schedule::BACKGROUND_FLOOR).contains(&(now - access.obtained_at))
                && !self.force_refresh
        };
        if access.is_some_and(expired_just_now) {
            // Callers that ask again and again do not become a loop of requests.
            return Verdict::Refuse(expired_on_arrival());
        }
        if record.ended.is_some() || record.refresh_token.is_none() {
            return valid.map_or_else(|| Verdict::Refuse(spent(record, now)), Verdict::HandOut);
        }
        let validity = schedule::required_validity(self.min_validity, access.and_then(Access::lifetime));
        Verdict::Refresh(Need { validity, impatient: false })
    }

    /// What the caller gets after the refresh that it waited for, with the record that is known then. One that failed
    /// keeps nobody from a token that is valid still.
    pub fn settle<'a>(
        &self,
        refreshed: Result<(), Error>,
        latest: &'a Record,
        target: Option<&Target>,
        now: Millis,
    ) -> Result<&'a Access, Error> {
        if latest.is_expired(now) {
            return Err(spent(latest, now));
        }
        let valid = latest.access_for(target).filter(|access| access.is_valid(now));
        match (refreshed, valid) {
            (Ok(()), Some(access)) => Ok(access),
            (Err(error), Some(access)) if error.code != ErrorCode::LoginRequired && !self.force_refresh => Ok(access),
            (Err(error), _) => Err(error),
            // Another context came to that end first.
            (Ok(()), None) if latest.ended.is_some() => Err(spent(latest, now)),
            (Ok(()), None) => Err(expired_on_arrival()),
        }
    }
}

fn expired_on_arrival() -> Error {
    Error::new(ErrorCode::InvalidResponse, "expires_in: the provider gave a token that is expired on arrival")
}

/// Nothing valid, and nothing to refresh with.
fn spent(record: &Record, now: Millis) -> Error {
    match &record.end(now) {
        Some(cause) => ended(cause),
        None => Error::new(ErrorCode::NoRefreshToken, "the provider gave no refresh token: sign in again"),
    }
}

/// What callers of an ended session are told: its cause, whoever said so, and what to do.
pub(super) fn ended(cause: &Error) -> Error {
    let mut error = cause.clone();
    if !matches!(cause.code, ErrorCode::SubjectMismatch | ErrorCode::KeyLost) {
        error.code = ErrorCode::ReauthRequired;
        if !cause.message.ends_with(TO_DO) {
            error.message = [&cause.message, ": ", TO_DO].concat().into();
        }
    }
    error
}

const TO_DO: &str = "sign in again";

#[cfg(test)]
mod tests;
