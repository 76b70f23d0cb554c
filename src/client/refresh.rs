//! Refreshing: one flight per account in this context, one lock per account over all contexts. What happens in between
//! is for the machine of [`session::refresh`](crate::session::refresh) to say; here it is driven.

use super::config::{Level, ProviderConfig, Usage};
use super::oneshot;
use super::proof::unproven;
use super::shown::Change;
use super::start::Inner;
use super::turn::Turn;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::dpop;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::id_token::Expectations;
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::token::{self, Failure, FailureKind};
use crate::session::event::{Origin, SignedOutReason};
use crate::session::flight::{self, Conclusion};
use crate::session::record::Record;
use crate::session::refresh::{Granted, Input, Need, Outcome, Refresh, Step, Write};
use crate::session::schedule;
use crate::session::target::Target;
use alloc::rc::{Rc, Weak};
use core::pin::pin;
use futures_util::future::{Either, select};

/// How often a failed write is tried again.
const WRITE_AGAIN: Millis = 30_000;

/// A refresh under way, and who waits for it.
pub(super) struct Flight<P: Platform> {
    key: String,
    /// What the token is for, if not for what the session's own is.
    target: Option<Rc<Target>>,
    /// Its task holds it, and with it the lock: when the page dies, so does the task.
    turn: Weak<Turn<P>>,
    waiting: Vec<oneshot::Sender<Result<(), Error>>>,
}

impl<P: Platform> Inner<P> {
    /// Joins the refresh of that account, or begins it.
    pub(super) async fn refresh(self: &Rc<Self>, key: &str, need: Need) -> Result<(), Error> {
        self.refresh_for(key, need, None).await
    }

    /// The same for a token for something else than the session's own: another flight, under the same lock.
    pub(super) async fn refresh_for(
        self: &Rc<Self>,
        key: &str,
        need: Need,
        target: Option<Rc<Target>>,
    ) -> Result<(), Error> {
        let grant = self.record(key).map(|known| known.grant_id().to_owned()).unwrap_or_default();
        if let Some(error) = target.as_deref().and_then(|target| self.refusal(&grant, target)) {
            return Err(error);
        }
        let (sender, result) = oneshot::channel();
        let turn = Rc::new(Turn::new());
        if self.join_flight(key, &target, &turn, sender) {
            // A task of its own: a caller that stops waiting does not take the others' refresh along.
            let (inner, key) = (self.clone(), key.to_owned());
            self.platform.spawn(async move {
                let outcome = inner.fly(&key, need, target.clone(), turn).await;
                let result = inner.conclude(&key, &grant, outcome);
                if let (Some(target), Err(error)) = (&target, &result) {
                    inner.note_refusal(grant, target, error);
                }
                inner.land(&key, &target, &result);
            });
        }
        result.await.unwrap_or_else(|_| Err(Error::new(ErrorCode::Closed, "the instance was closed")))
    }

    fn join_flight(
        &self,
        key: &str,
        target: &Option<Rc<Target>>,
        turn: &Rc<Turn<P>>,
        waiter: oneshot::Sender<Result<(), Error>>,
    ) -> bool {
        let mut flights = self.flights.borrow_mut();
        if let Some(flight) = flights.iter_mut().find(|flight| flight.key == key && flight.target == *target) {
            flight.waiting.push(waiter);
            return false;
        }
        let (key, target, turn) = (key.to_owned(), target.clone(), Rc::downgrade(turn));
        flights.push(Flight { key, target, turn, waiting: vec![waiter] });
        true
    }

    fn land(self: &Rc<Self>, key: &str, target: &Option<Rc<Target>>, result: &Result<(), Error>) {
        let waiting: Vec<_> = {
            let mut flights = self.flights.borrow_mut();
            let place = flights.iter().position(|flight| flight.key == key && flight.target == *target);
            place.map(|place| flights.swap_remove(place).waiting).unwrap_or_default()
        };
        for waiter in waiting {
            // Whoever stopped waiting needs no answer.
            waiter.send(result.clone());
        }
        self.rearm();
    }

    pub(super) fn is_refreshing(&self, key: &str) -> bool {
        self.flights.borrow().iter().any(|flight| flight.key == key && flight.target.is_none())
    }

    /// The page is left or frozen: what it holds or waits for is for others now.
    pub(super) fn give_up_turns(&self) {
        let turns: Vec<_> = self.flights.borrow().iter().filter_map(|flight| flight.turn.upgrade()).collect();
        turns.iter().for_each(|turn| turn.give_up());
    }

    /// Drives the machine, and holds the lock while it runs.
    async fn fly(&self, key: &str, need: Need, target: Option<Rc<Target>>, turn: Rc<Turn<P>>) -> Outcome {
        let Some(known) = self.record(key) else { return Outcome::Superseded(None, None) };
        let (machine, mut step) = Refresh::begin(&known, need, schedule::lease(self.config.request_timeout));
        let mut machine = machine.aimed_at(target.clone());
        // What is not read is taken for what this context knows of it: what was removed meanwhile is not to come back.
        let mut stored = Some(known.encode());
        let mut unwritten = false;
        loop {
            let input = match step {
                Step::Lock => match self.await_turn(key, &turn, &machine).await {
                    Ok(input) => input,
                    Err(outcome) => return outcome,
                },
                Step::Wait(duration) => self.await_change(key, duration).await,
                _ if turn.is_lost() && machine.depends_on_lock() => Input::LockLost,
                Step::Read => match self.store.read(key).await {
                    Ok(text) => {
                        let record = text.as_deref().and_then(|text| self.decode(key, text));
                        stored = text;
                        Input::Read(record)
                    }
                    Err(_) => Input::Unreadable,
                },
                Step::Write(record) => {
                    let text = record.encode();
                    let swapped = self.store.swap(key, stored.as_deref(), Some(&text)).await;
                    unwritten = swapped.is_err();
                    match swapped {
                        Ok(true) => {
                            stored = Some(text);
                            Input::Written(Write::Done)
                        }
                        Ok(false) => Input::Written(Write::Conflict),
                        Err(_) => Input::Written(Write::Failed),
                    }
                }
                Step::Request(record) => {
                    let prepared = self.destination(&record).await;
                    let (known, now) = (self.record(key), self.platform.now());
                    // What cannot be sent is not too late.
                    let too_late = prepared.is_ok() && !flight::may_present(&record, known.as_deref(), now);
                    if turn.is_lost() || too_late {
                        Input::LockLost
                    } else {
                        let answer = match prepared {
                            Ok((provider, metadata)) => {
                                self.present(&record, target.as_deref(), provider, &metadata).await
                            }
                            Err(failure) => Err(failure),
                        };
                        if answer.is_err() && self.leaving.get() { Input::Abandoned } else { Input::Answered(answer) }
                    }
                }
                Step::Done(outcome) => {
                    let kept = outcome.unwritten(unwritten, self.record(key).as_deref()).map(|record| record.encode());
                    if let Some(text) = &kept {
                        self.store.keep(key, stored, text.clone());
                    }
                    // Nobody is told anything before the lock is released.
                    drop(turn);
                    if kept.is_some() {
                        self.write_again_later();
                    }
                    return outcome;
                }
            };
            let [jitter, ..] = self.platform.random();
            step = machine.handle(input, self.platform.now(), jitter);
        }
    }

    /// Waits until another context has changed that record, but no longer than that.
    async fn await_change(&self, key: &str, duration: Millis) -> Input {
        let known = self.record(key);
        let mut over = pin!(self.platform.sleep(duration));
        loop {
            if let Either::Left(_) = select(over.as_mut(), self.next_change()).await {
                return Input::Waited;
            }
            if self.record(key) != known {
                return Input::Changed;
            }
        }
    }

    /// Plain http is allowed on loopback alone, which works without a network.
    pub(super) fn is_reachable(&self, record: &Record) -> bool {
        self.platform.is_online() || !record.account().issuer().starts_with("https:")
    }

    /// Whom a refresh token is presented to.
    async fn destination(&self, record: &Record) -> Result<(&ProviderConfig, Rc<ServerMetadata>), Failure> {
        let account = record.account();
        let provider = self.config.provider(Some(account.provider())).map_err(refused)?;
        if !self.is_reachable(record) {
            return Err(transient(Error::new(ErrorCode::Network, "the browser is offline")));
        }
        let metadata = self.metadata(provider).await;
        metadata
            .map(|metadata| (provider, metadata))
            .map_err(|error| if error.retryable() { transient(error) } else { refused(error) })
    }

    /// Presents the refresh token, and verifies what comes back.
    async fn present(
        &self,
        record: &Record,
        target: Option<&Target>,
        provider: &ProviderConfig,
        metadata: &ServerMetadata,
    ) -> Result<Granted, Failure> {
        let account = record.account();
        if provider.dpop == Usage::Always && record.key.is_none() {
            let message =
                "the session's tokens are not bound to a key, as the configuration now demands: sign in again";
            let error = Error::new(ErrorCode::DpopRequired, message);
            return Err(Failure { kind: FailureKind::SessionEnded, error });
        }
        let refresh_token = record.refresh_token.as_deref().unwrap_or_default();
        let request = token::refresh_request(
            metadata.token_endpoint(),
            account.client_id(),
            refresh_token,
            target.and_then(|target| target.scope.as_deref()),
            target.and_then(|target| target.resource.as_deref()).or(record.resource.as_deref()),
            &provider.token_params,
        );
        let (answer, received_at) = self.send_proven(request, record.key.as_ref()).await.map_err(unproven)?;
        let granted = |response, claims| Granted { response, claims, received_at };
        let response = token::process(answer, P::parse_json, self.platform.now()).map_err(|mut failure| {
            failure.error = failure.error.without(&[refresh_token]);
            failure
        })?;
        dpop::check(&response, record.key.is_some(), provider.dpop == Usage::Always).map_err(refused)?;
        // A provider may name only an API's scopes here.
        let uses_openid = record.claims.is_some() || provider.uses_openid(&record.scope);
        let Some(id_token) = response.id_token.as_deref().filter(|_| uses_openid) else {
            return Ok(granted(response, None));
        };
        let expected = Expectations {
            issuer: account.issuer(),
            other_issuer: provider.id_token_issuer(),
            client_id: account.client_id(),
            other_audiences: provider.other_audiences(),
            nonce: None,
            max_age_seconds: record.max_age_seconds,
            acr_values: None,
            access_token: Some(&response.access_token),
            access_token_hash: None,
            algorithms: metadata.id_token_algorithms.as_deref(),
            tolerance: self.config.clock_tolerance,
        };
        match self.verify_refreshed(provider, metadata, record, id_token, &expected, response.date).await {
            Ok(claims) => Ok(granted(response, claims.map(|claims| claims.json))),
            Err(error) => Err(Failure { kind: FailureKind::SessionEnded, error }),
        }
    }

    /// Makes the outcome known, here and elsewhere. The lock is released already.
    fn conclude(self: &Rc<Self>, key: &str, grant: &str, outcome: Outcome) -> Result<(), Error> {
        match &outcome {
            Outcome::Refreshed(_) => self.log(Level::Info, "token_refreshed", Vec::new()),
            Outcome::Failed(_, error) => {
                self.log(Level::Warn, "refresh_failed", vec![("code", error.code.as_str().into())]);
            }
            _ => {}
        }
        let Conclusion { record, origin, announced, late, result } = outcome.conclude(self.leaving.get());
        if let Some(late) = late {
            // What arrived after the sign-out has no owner.
            let inner = self.clone();
            self.platform.spawn(async move { inner.revoke(&late).await });
        }
        self.take_over(key, grant, record, origin);
        if announced {
            self.platform.announce(key);
        }
        result
    }

    /// What a refresh came to counts, unless the session was signed out, signed in to or refreshed again meanwhile.
    fn take_over(self: &Rc<Self>, key: &str, grant: &str, new: Option<Rc<Record>>, origin: Origin) {
        if flight::counts(new.as_deref(), grant, self.record(key).as_deref()) {
            return self.apply(key, new, origin, SignedOutReason::OtherContext);
        }
        let (inner, key) = (self.clone(), key.to_owned());
        self.platform.spawn(async move { inner.reread(&key, SignedOutReason::OtherContext).await });
    }

    /// What could not be stored lives on in memory, until [`Inner::write_again_later`] has written it.
    pub(super) fn keep_in_memory(&self, key: &str, stored: Option<String>, text: String) {
        self.store.keep(key, stored, text);
        self.write_again_later();
    }

    /// The storage failed: that is said, and the storage is tried now and then until it works.
    pub(super) fn write_again_later(&self) {
        self.degrade();
        if self.writes_again.replace(true) {
            return;
        }
        let (this, platform) = (self.this.borrow().clone(), self.platform.clone());
        self.platform.spawn(async move {
            loop {
                platform.sleep(WRITE_AGAIN).await;
                let Some(inner) = this.upgrade().filter(|inner| !inner.closed.get()) else { return };
                // Reading removes what was signed out of meanwhile, and brings what others have stored.
                if inner.store.write_again().await && inner.reread_all(SignedOutReason::OtherContext).await {
                    inner.store.recover();
                    inner.show(Change::Own);
                    return inner.writes_again.set(false);
                }
            }
        });
    }
}

fn transient(error: Error) -> Failure {
    Failure { kind: FailureKind::Transient { retry_after: None }, error }
}

fn refused(error: Error) -> Failure {
    Failure { kind: FailureKind::Refused, error }
}
