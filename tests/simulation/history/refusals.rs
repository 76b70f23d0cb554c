//! What the provider refuses, and what it bounds: when that may end a session, and when it must.

use super::super::stage::{MINUTE, Page, SECOND};
use super::Checked;
use super::checks::violated;
use super::invariant::Invariant;
use super::ledger::{BUSY, HandedOut, Ledger};
use keyward::platform::sim::{Fault, Provider, Settled, World};
use keyward::protocol::Millis;
use keyward::protocol::error::ErrorCode;
use keyward::session::record::Record;
use std::collections::{BTreeMap, BTreeSet};

/// From the first refusal, or the expiry of the token, or the last thing that came in between: what the documentation says.
const BOUND: Millis = 3 * MINUTE;
/// Between the first refusal and the one that is the last word.
const PAUSE: Millis = 120 * SECOND;

#[derive(Default)]
pub(super) struct Refusals {
    /// The first and the last refusal of each grant since tokens were delivered.
    of_grants: BTreeMap<usize, (Millis, Millis)>,
    /// Grants for which the provider has asked for the user.
    user_wanted: BTreeSet<usize>,
    /// The numbers of the refreshes whose answers are to come.
    awaited: Vec<usize>,
    /// The provider refuses whatever it is asked, and since then nothing else has happened.
    refusing: Option<Millis>,
    pub(super) clock_turned: bool,
}

impl Refusals {
    pub(super) fn disturbed(&mut self, now: Millis) {
        self.refusing = self.refusing.map(|_| now);
    }
}

impl Ledger {
    pub(crate) fn disturbed(&mut self, now: Millis) {
        self.refusals.disturbed(now);
    }

    pub(crate) fn provider_refuses(&mut self, refuses: bool, now: Millis) {
        self.refusals.refusing = refuses.then_some(now);
    }

    /// The refresh that was just seen has an answer to come.
    pub(super) fn awaits_answer(&mut self) {
        self.refusals.awaited.push(self.seen_exchanges - 1);
    }

    pub(super) fn note_answers(&mut self, world: &World) {
        let (exchanges, provider) = (world.exchanges(), world.provider());
        let Refusals { of_grants, user_wanted, awaited, .. } = &mut self.refusals;
        awaited.retain(|number| {
            let Some(exchange) = exchanges.get(*number) else { return false };
            let Some((at, how)) = exchange.settled else { return true };
            let grant = exchange.refresh_token.as_ref().and_then(|token| provider.grant_of(token));
            match (grant, exchange.fault, how) {
                (Some(grant), Some(Fault::Refuses("interaction_required")), Settled::Answered(400)) => {
                    user_wanted.insert(grant);
                }
                (Some(grant), Some(Fault::Refuses(_)), Settled::Answered(400)) => {
                    of_grants.entry(grant).or_insert((at, at)).1 = at;
                }
                (Some(grant), _, Settled::Answered(200)) if exchange.delivered_tokens() => {
                    of_grants.remove(&grant);
                }
                _ => {}
            }
            false
        });
    }

    /// Whether a session may end that the provider would honour, if it did not refuse or had not set it a bound.
    pub(super) fn may_end(&self, provider: &Provider, record: &Record, grant: Option<usize>, at: Millis) -> bool {
        let (Some(cause), Some(grant)) = (&record.ended, grant) else { return false };
        let Refusals { of_grants, user_wanted, clock_turned, .. } = &self.refusals;
        if cause.code == ErrorCode::ReauthRequired {
            return *clock_turned || provider.session_expiry(grant).is_some_and(|end| at >= end);
        }
        match cause.oauth.as_ref().map(|oauth| &*oauth.error) {
            Some("interaction_required") => user_wanted.contains(&grant),
            Some("invalid_client" | "invalid_request") => {
                let lasted = of_grants.get(&grant).is_some_and(|(first, last)| last - first >= PAUSE);
                let valid = record.access.as_ref().is_some_and(|access| access.is_valid(at));
                *clock_turned || self.worker_froze || self.without_locks || (lasted && !valid)
            }
            _ => false,
        }
    }

    /// Nothing is asked of the provider after the time that it allows the session.
    pub(super) fn must_be_in_time(&mut self, world: &World, token: &str) -> Checked {
        self.checked(Invariant::NothingAfterTheEnd, 1);
        let provider = world.provider();
        let end = provider.grant_of(token).and_then(|grant| provider.session_expiry(grant));
        match end.filter(|end| world.time() > end + BUSY && !self.refusals.clock_turned) {
            Some(end) => {
                violated(Invariant::NothingAfterTheEnd, format!("{token} is presented {} ms late", world.time() - end))
            }
            None => Ok(()),
        }
    }

    pub(super) fn must_be_before_the_end(&self, provider: &Provider, one: &HandedOut, grant: usize) -> Checked {
        let end = provider.session_expiry(grant);
        match end.filter(|end| one.at > end + BUSY && !self.refusals.clock_turned) {
            Some(end) => violated(
                Invariant::NothingAfterTheEnd,
                format!("{:?} was given {} {} ms after the session's end", one.tab, one.token, one.at - end),
            ),
            None => Ok(()),
        }
    }

    /// While the provider refuses and nothing else happens.
    pub(crate) fn nobody_is_refused_for_ever<'a>(
        &mut self,
        world: &World,
        pages: impl Iterator<Item = &'a Page>,
    ) -> Checked {
        let Some(calm) = self.refusals.refusing else { return Ok(()) };
        let excused = self.storage_failed || self.without_locks || self.worker_froze || self.refusals.clock_turned;
        let now = world.time();
        if excused || self.unknown_lifetime || !world.is_online() || now < calm + BOUND {
            return Ok(());
        }
        self.checked(Invariant::RefusedNotForEver, 1);
        let provider = world.provider();
        let is_due = |record: &&Record| {
            let grant = record.refresh_token.as_ref().and_then(|token| provider.grant_of(token));
            let refused = grant.and_then(|grant| self.refusals.of_grants.get(&grant));
            // A back-off from before is waited for.
            let back_off = record.retry.filter(|retry| retry.code != ErrorCode::TokenEndpoint).map(|retry| retry.at);
            let known = [Some(calm), refused.map(|(first, _)| *first), record.expires_at(), back_off];
            refused.is_some()
                && record.ended.is_none()
                && now > known.into_iter().flatten().max().unwrap_or(now) + BOUND
        };
        let overdue: Vec<&str> = self.stored.values().filter(is_due).map(|record| record.account().subject()).collect();
        for page in pages.filter(|page| page.tab.is_running() && page.starting.is_settled()) {
            let state = page.client.state();
            let shown =
                state.sessions.iter().find(|session| session.error.is_none() && overdue.contains(&&*session.subject));
            if let Some(session) = shown {
                let what = format!("{:?} shows {} as signed in", page.tab.id(), session.subject);
                return violated(Invariant::RefusedNotForEver, what);
            }
        }
        Ok(())
    }
}
