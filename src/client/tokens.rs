//! Handing out access tokens: one that is valid now, or a typed error.

use super::config::is_resource;
use super::shown::Truth;
use super::start::{Client, Inner};
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::error::{Error, ErrorCode};
use crate::session::demand::{Demand, Verdict};
use crate::session::record::{Access, Record};
use crate::session::refresh::Need;
use crate::session::schedule;
use crate::session::target::Target;
use crate::session::view;
use alloc::rc::Rc;

/// Which session is meant.
#[derive(Clone, Debug, Default)]
pub struct AccountSelector {
    /// Provider id. Default: the active session's.
    pub provider: Option<String>,
    /// The account's `sub` at that provider. Default: that provider's most recent session.
    pub subject: Option<String>,
}

/// Which access token, and how fresh.
#[derive(Clone, Debug, Default)]
pub struct TokenOptions {
    /// Whose token.
    pub account: AccountSelector,
    /// The token must be valid for at least this long, if its lifetime allows. Asked for, it is waited for; the default
    /// of 30 s starts a refresh but hands out what is valid still.
    pub min_validity: Option<Millis>,
    /// A new one, however fresh the present one is.
    pub force_refresh: bool,
    /// A token for this resource (RFC 8707). Default: what the session's own token is for.
    pub resource: Option<String>,
    /// A token with these scope values, of those that were granted. Default: all of them.
    pub scope: Option<String>,
}

impl TokenOptions {
    fn demand(&self) -> Demand {
        Demand { min_validity: self.min_validity, force_refresh: self.force_refresh }
    }

    /// What the token is for, if it is not the session's own.
    fn target(&self, record: &Record) -> Result<Option<Box<Target>>, Error> {
        if self.resource.is_none() && self.scope.is_none() {
            return Ok(None);
        }
        let resource = self.resource.clone().or_else(|| record.resource.clone());
        if resource.as_deref().is_some_and(|resource| !is_resource(resource)) {
            let message = "resource: must be an absolute URI without fragment (RFC 8707)";
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let scope = self.scope.clone().filter(|scope| !scope.is_empty());
        let target = Target { resource, scope };
        Ok(if record.is_own(&target) { None } else { Some(Box::new(target)) })
    }
}

/// A token that may be used now, and what it was granted with.
pub(super) struct Granted {
    pub(super) record: Rc<Record>,
    pub(super) access: Access,
}

impl<P: Platform> Client<P> {
    /// The access token, if nothing needs to be waited for and nothing is due.
    pub fn cached_token(&self, options: &TokenOptions) -> Option<Rc<str>> {
        if self.inner.closed.get() || self.inner.unsure.get() || options.force_refresh {
            return None;
        }
        // What is known from the view alone ends with it.
        let outdated = || *self.inner.shown.borrow() != self.inner.platform.view(&self.inner.view_key);
        if self.inner.truth.get() != Truth::Read && outdated() {
            return None;
        }
        self.inner.mend_clock();
        let (_, record) = self.inner.select(&options.account).ok()?;
        let target = options.target(&record).ok()?;
        let access = options.demand().met_by(&record, target.as_deref(), self.inner.platform.now())?;
        Some(access.token.clone())
    }

    /// Within which time [`Client::cached_token`] is the same for a call without options, as long as
    /// [nothing changes](Client::on_doubt): from and until which instant of the wall clock, and until which of the clock
    /// that nobody can set.
    pub fn cached_within(&self) -> Option<[Millis; 3]> {
        let inner = &self.inner;
        if inner.truth.get() != Truth::Read || self.cached_token(&TokenOptions::default()).is_none() {
            return None;
        }
        let entries = inner.entries.borrow();
        let entry = entries.first()?;
        let access = entry.record.access.as_ref()?;
        let required = schedule::required_validity(None, access.lifetime());
        // No later than the time that the provider allows the session.
        let ends = entry.record.session_expiry.unwrap_or(view::NEVER);
        let until = access.expires_at.map_or(view::NEVER, |at| at - required).min(ends);
        let steady = entry.deadline.zip(entry.record.landmark());
        let steady = steady.map_or(view::NEVER, |(deadline, landmark)| deadline - (landmark - until));
        Some([access.obtained_at, until, steady])
    }

    /// An access token that is valid now: cached, adopted from another context, or refreshed. Never an expired one. A
    /// refresh that fails keeps nobody from a token that is valid still.
    pub async fn access_token(&self, options: TokenOptions) -> Result<Rc<str>, Error> {
        Ok(self.granted(&options).await?.access.token)
    }

    pub(super) async fn granted(&self, options: &TokenOptions) -> Result<Granted, Error> {
        let inner = &self.inner;
        inner.sure().await;
        inner.require_open()?;
        inner.mend_clock();
        let (key, record) = inner.select(&options.account)?;
        let provider = record.account().provider();
        let target = options.target(&record)?;
        let (target, demand) = (target.as_deref(), options.demand());
        let granted =
            |record: &Rc<Record>, access: &Access| Ok(Granted { record: record.clone(), access: access.clone() });
        let need = match demand.judge(&record, target, inner.platform.now()) {
            Verdict::HandOut(access) => return granted(&record, access),
            Verdict::Renew(access) => {
                inner.refresh_in_background(&key, &record, target);
                return granted(&record, access);
            }
            Verdict::Refuse(_) if inner.truth.get() != Truth::Read && !record.is_expired(inner.platform.now()) => {
                let message = "the storage cannot be read, so there is nothing to get a token with";
                return Err(Error::new(ErrorCode::Storage, message).of_provider(provider));
            }
            Verdict::Refuse(error) => {
                if record.ended.is_none() && record.is_expired(inner.platform.now()) {
                    // Whoever asks notices it before the timer does: the state says so, and soon the storage.
                    inner.refresh_state();
                    inner.rearm();
                }
                return Err(error.of_provider(provider));
            }
            Verdict::Refresh(need) => need,
        };
        if let Some(member) = target.and_then(|target| record.lacks(target)) {
            // Some providers spend the refresh token before they refuse.
            let message = [member, ": not among what the sign-in asked for, so ask for it there"].concat();
            return Err(Error::new(ErrorCode::InvalidArgument, message).of_provider(provider));
        }
        let target = target.cloned().map(Rc::new);
        let refreshed = inner.refresh_for(&key, need, target.clone()).await;
        inner.require_open()?;
        inner.mend_clock();
        let signed_out = || Error::new(ErrorCode::LoginRequired, "the user has signed out").of_provider(provider);
        let latest = inner.record(&key).ok_or_else(signed_out)?;
        match demand.settle(refreshed, &latest, target.as_deref(), inner.platform.now()) {
            Ok(access) => granted(&latest, access),
            Err(error) => Err(error.of_provider(provider)),
        }
    }
}

impl<P: Platform> Inner<P> {
    /// Waits until the store was read: at the start, and again after a time in which nothing was heard of other contexts.
    pub(super) async fn sure(self: &Rc<Self>) {
        while (self.unsure.get() || self.truth.get() == Truth::Awaited) && !self.closed.get() {
            // It ends with the news, or with the instance.
            let _ = self.next_change().await;
        }
        if self.truth.get() == Truth::Unreadable && !self.closed.get() {
            // Perhaps now.
            self.read_truth().await;
        }
    }

    /// For a token that is handed out but should be replaced soon; not while a back-off lasts.
    fn refresh_in_background(self: &Rc<Self>, key: &str, record: &Record, target: Option<&Target>) {
        let paused = record.retry.is_some_and(|retry| retry.is_pending(self.platform.now()));
        if record.ended.is_some()
            || record.refresh_token.is_none()
            || paused
            || (target.is_none() && self.is_refreshing(key))
        {
            return;
        }
        let (inner, key, target) = (self.clone(), key.to_owned(), target.cloned().map(Rc::new));
        self.platform.spawn(async move {
            // Its failure is in the state and the events; this caller has its token.
            let _ = inner.refresh_for(&key, Need::default(), target).await;
        });
    }
}
