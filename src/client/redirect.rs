//! The authorization response in the page's URL: recognised, removed from the address bar, and redeemed once.

use super::config::Usage;
use super::oneshot;
use super::sign_in::{RedirectResult, SignInOptions, SignInResult};
use super::start::{Client, Inner};
use super::state::Session;
use crate::platform::{Area, Platform};
use crate::prelude::*;
use crate::protocol::callback::{self, Callback, Code, Outcome};
use crate::protocol::dpop;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::id_token::Expectations;
use crate::protocol::json::Json;
use crate::protocol::token;
use crate::protocol::{authorization, return_to, url};
use crate::session::account::Account;
use crate::session::event::{Origin, SignedOutReason};
use crate::session::merge::{self, SignedIn};
use crate::session::transaction::{self, Purpose, SignIn, Transaction};
use alloc::rc::Rc;

/// The address that a page came with, as somebody read it who was there first.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// As it came.
    pub url: String,
    /// As it is now, if it may be the page's address still: it may have been cleaned already.
    pub shown: Option<String>,
}

/// It may have a code in it.
impl core::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Arrival(..)")
    }
}

impl Arrival {
    /// The page's address now.
    pub fn at(url: String) -> Arrival {
        Arrival { shown: Some(url.clone()), url }
    }
}

/// A URL that is being or has been handled: everybody who asks gets the same result.
pub(super) struct Redirect {
    url: String,
    progress: Progress,
}

enum Progress {
    Running(Vec<oneshot::Sender<Option<RedirectResult>>>),
    Done(Option<RedirectResult>),
}

/// What a callback turned out to be.
enum Recognised {
    /// The response to a sign-in of ours.
    SignIn(Transaction, Box<SignIn>),
    /// The response to a sign-in or logout that is too old by now.
    TooLate(Transaction),
    /// The way back from a logout of ours.
    SignedOut(Transaction),
    /// It comes while a sign-in of ours is pending on this page, but does not fit any.
    Unknown,
    /// Nobody's, or another library's.
    Foreign,
}

impl<P: Platform> Client<P> {
    /// Finishes the sign-in that this URL (default: the page's) is the response to. The code is sent once, however
    /// often this is called; `None` if the URL is not a response to this client.
    pub async fn handle_redirect(&self, url: Option<String>) -> Option<RedirectResult> {
        let here = self.inner.platform.url();
        let url = url.or_else(|| here.clone())?;
        self.handle_arrival(Arrival { shown: here.filter(|here| *here == url), url }).await
    }

    /// The same for an address that was read before, as npm's `init` does in its first step.
    pub async fn handle_arrival(&self, arrival: Arrival) -> Option<RedirectResult> {
        let Arrival { url, shown } = arrival;
        let callback = Callback::from_url(&url)?;
        if let Err(error) = self.inner.require_open() {
            return Some(RedirectResult { outcome: Err(error) });
        }
        let (sender, result) = oneshot::channel();
        if self.inner.join_redirect(&url, sender) {
            // A task of its own: the exchange comes to its end even if this caller stops waiting.
            let inner = self.inner.clone();
            self.inner.platform.spawn(async move {
                let result = inner.finish(&url, shown, &callback).await;
                inner.end_redirect(&url, &result);
            });
        }
        result.await.ok().flatten()
    }
}

impl<P: Platform> Inner<P> {
    /// Waits for the result of that URL, or gets it at once; `true` if it is for this caller to bring about.
    fn join_redirect(&self, url: &str, waiter: oneshot::Sender<Option<RedirectResult>>) -> bool {
        let mut redirects = self.redirects.borrow_mut();
        match redirects.iter_mut().find(|redirect| redirect.url == url).map(|redirect| &mut redirect.progress) {
            Some(Progress::Done(result)) => {
                // Whoever stopped waiting needs no answer.
                waiter.send(result.clone());
                false
            }
            Some(Progress::Running(waiting)) => {
                waiting.push(waiter);
                false
            }
            None => {
                redirects.push(Redirect { url: url.to_owned(), progress: Progress::Running(vec![waiter]) });
                true
            }
        }
    }

    fn end_redirect(&self, url: &str, result: &Option<RedirectResult>) {
        let mut redirects = self.redirects.borrow_mut();
        let Some(redirect) = redirects.iter_mut().find(|redirect| redirect.url == url) else { return };
        if let Progress::Running(waiting) = core::mem::replace(&mut redirect.progress, Progress::Done(result.clone())) {
            for waiter in waiting {
                waiter.send(result.clone());
            }
        }
        // Nobody's: asked again, when a sign-in may be pending, the answer may be another.
        if result.is_none() {
            redirects.retain(|redirect| redirect.url != url);
        }
    }

    async fn finish(&self, url: &str, shown: Option<String>, callback: &Callback) -> Option<RedirectResult> {
        if let Some(shown) = &shown
            && let Some(state) = callback.state_values().into_iter().find(|state| self.platform.is_awaited(state))
        {
            self.readdress(shown, callback::clean_url(shown));
            self.platform.relay(state, url).await;
            return None;
        }
        let recognised = self.recognise(url, callback).await;
        let shown = shown.map(|shown| self.readdress(&shown, self.tidied(&shown, &recognised)));
        let (provider, outcome) = match recognised {
            Recognised::Foreign => return None,
            Recognised::SignedOut(_) => {
                // The transaction of the logout may have been the last that was stored.
                self.platform.vacate().await;
                return None;
            }
            Recognised::Unknown => {
                let mut error = Error::new(ErrorCode::InvalidState, "state: not one of the pending sign-ins");
                if !callback.has_state() {
                    error.oauth = callback.words().map(Box::new);
                }
                (None, Err(error))
            }
            Recognised::TooLate(transaction) => {
                self.drop_key(transaction.key()).await;
                let error = Error::new(ErrorCode::InvalidState, "state: the sign-in took longer than an hour");
                (Some(transaction.provider), Err(error))
            }
            Recognised::SignIn(transaction, sign_in) => {
                // However the response came: what this tab left for is over.
                self.platform.arrived();
                let provider = transaction.provider.clone();
                let key = sign_in.key.clone();
                let again = repetition(&transaction, &sign_in);
                let mut outcome = self.redeem(callback, transaction, *sign_in).await;
                self.forget_keys_ahead();
                if outcome.is_err() {
                    self.drop_key(key.as_ref()).await;
                }
                if outcome.as_ref().is_err_and(|error| error.oauth.is_none()) {
                    self.forget_metadata(&provider).await;
                }
                if let (Err(error), Some(options)) = (&mut outcome, again)
                    && callback::is_to_be_asked_again(error)
                    && let Some(left) = self.ask_again(&options).await
                {
                    *error = left;
                }
                if let (Ok(signed_in), Some(shown)) = (&outcome, shown)
                    && let Some(left_from) = self.left_from(signed_in.return_to.as_deref(), &shown)
                {
                    self.readdress(&shown, left_from);
                }
                (Some(provider), outcome)
            }
        };
        let provider =
            provider.or_else(|| self.config.providers.first().map(|first| first.id.clone())).unwrap_or_default();
        let outcome = outcome.map_err(|error| self.sign_in_failed(&provider, error));
        self.answer_opened(callback, &outcome);
        Some(RedirectResult { outcome })
    }

    /// Finds the transaction of a callback and consumes it: from here on, its code cannot be sent by anybody else.
    async fn recognise(&self, url: &str, callback: &Callback) -> Recognised {
        for state in callback.state_values() {
            let key = transaction::key(&self.config.namespace, state);
            let Ok(Some(text)) = self.platform.read(Area::Transactions, &key).await else { continue };
            if self.is_for_another(&text) {
                continue;
            }
            let consumed = self.platform.swap(Area::Transactions, &key, Some(&text), None).await;
            let transaction = Transaction::decode(&text, P::parse_json);
            let (Ok(true), Ok(transaction)) = (consumed, transaction) else { return Recognised::Unknown };
            return match &transaction.purpose {
                _ if transaction.is_expired(self.platform.now()) => Recognised::TooLate(transaction),
                Purpose::SignOut => Recognised::SignedOut(transaction),
                Purpose::SignIn(sign_in) => {
                    let sign_in = sign_in.clone();
                    Recognised::SignIn(transaction, sign_in)
                }
            };
        }
        let prefix = transaction::prefix(&self.config.namespace);
        let pending = self.platform.list(Area::Transactions, &prefix).await.unwrap_or_default();
        let expected_here = pending.iter().any(|(_, text)| {
            Transaction::decode(text, P::parse_json).is_ok_and(|transaction| {
                let awaited = matches!(transaction.purpose, Purpose::SignIn(_));
                let here = || return_to::is_same_page(&transaction.redirect_uri, url);
                awaited && self.is_own(&transaction) && !transaction.is_expired(self.platform.now()) && here()
            })
        });
        if expected_here && callback.outcome() != Outcome::StateOnly {
            Recognised::Unknown
        } else {
            Recognised::Foreign
        }
    }

    /// Changes the address, unless somebody else has: what it is to be.
    fn readdress(&self, shown: &str, to: String) -> String {
        if shown != to {
            self.platform.replace_url(shown, &to);
        }
        to
    }

    /// The address without the response. Where nothing else came along, it is the one that the user left for the provider,
    /// if that was this very page: its query and its fragment are not lost, also when the sign-in fails. Another page is
    /// shown after a finished sign-in only: one that signs in by itself would go on and on.
    fn tidied(&self, shown: &str, recognised: &Recognised) -> String {
        let (transaction, sign_in) = match recognised {
            Recognised::SignIn(transaction, sign_in) => (transaction, Some(sign_in)),
            Recognised::SignedOut(transaction) | Recognised::TooLate(transaction) => (transaction, None),
            Recognised::Unknown => return callback::clean_url(shown),
            Recognised::Foreign => return shown.to_owned(),
        };
        let cleaned = callback::clean_redirect_uri(shown, &transaction.redirect_uri);
        let left_from = sign_in.and_then(|sign_in| self.left_from(sign_in.return_to.as_deref(), &cleaned));
        left_from.filter(|left_from| url::page(left_from) == cleaned).unwrap_or(cleaned)
    }

    /// Where the user was, if the address is to say so again.
    fn left_from(&self, return_to: Option<&str>, shown: &str) -> Option<String> {
        return_to.filter(|_| self.config.restore_url).and_then(|return_to| return_to::resolve(return_to, shown))
    }

    /// The token request and everything that its answer must stand up to; then the one write of a sign-in.
    async fn redeem(
        &self,
        callback: &Callback,
        transaction: Transaction,
        sign_in: SignIn,
    ) -> Result<SignInResult, Error> {
        let provider = self.config.provider(Some(&transaction.provider))?;
        let metadata = self.metadata(provider).await?;
        if metadata.issuer() != sign_in.issuer {
            return Err(Error::new(ErrorCode::IssuerMismatch, "issuer: not the one that the sign-in began with"));
        }
        let code: Code = callback::process(callback, &sign_in.issuer, metadata.iss_parameter_supported())?;
        // One token is for one resource: the first. Others come with the refresh token (RFC 8707 section 2.2).
        let resource = sign_in.resources.get(..1).unwrap_or_default();
        let request = token::code_request(
            &sign_in.token_endpoint,
            &provider.client_id,
            &code,
            &transaction.redirect_uri,
            &sign_in.verifier,
            resource,
            &provider.token_params,
        );
        if provider.uses_openid(&sign_in.scope) {
            self.ask_for_keys(provider, &metadata);
        }
        let (answer, received_at) = self.send_proven(request, sign_in.key.as_ref()).await?;
        let secrets = [code.as_str(), sign_in.verifier.as_str()];
        let response = token::process(answer, P::parse_json, self.platform.now());
        let response = response.map_err(|failure| failure.error.without(&secrets))?;
        dpop::check(&response, sign_in.key.is_some(), provider.dpop == Usage::Always)?;
        let claims = match (&response.id_token, provider.uses_openid(&sign_in.scope)) {
            (Some(id_token), true) => {
                let expected = Expectations {
                    issuer: &sign_in.issuer,
                    other_issuer: provider.id_token_issuer(),
                    client_id: &provider.client_id,
                    other_audiences: provider.other_audiences(),
                    nonce: sign_in.nonce.as_deref(),
                    max_age_seconds: sign_in.max_age_seconds,
                    acr_values: sign_in.essential_acr.as_deref(),
                    access_token: Some(&response.access_token),
                    access_token_hash: None,
                    algorithms: metadata.id_token_algorithms.as_deref(),
                    tolerance: self.config.clock_tolerance,
                };
                Some(self.verify_id_token(provider, &metadata, id_token, &expected, response.date).await?)
            }
            (None, true) => {
                return Err(Error::new(ErrorCode::InvalidResponse, "id_token: missing though the scope has openid"));
            }
            (_, false) => None,
        };
        let subject = claims.as_ref().map(|claims| claims.subject().to_owned());
        // Without OpenID Connect nobody says who signed in: such a provider has one account, of nobody's name.
        let subject = subject.unwrap_or_else(|| "anonymous".to_owned());
        let account = Account::new(&provider.id, &sign_in.issuer, &provider.client_id, &subject);
        let account = account.ok_or_else(|| Error::new(ErrorCode::InvalidIdToken, "sub: empty"))?;
        let grant_id = authorization::random_value(self.platform.random());
        let claims: Option<Json> = claims.map(|claims| claims.json);
        let (scope, key) = (&sign_in.scope, sign_in.key.as_ref());
        let record = merge::signed_in(account, grant_id, scope, key, response, claims, received_at);
        let record = record.for_resources(&sign_in.resources).with_max_age(sign_in.max_age_seconds);
        let record = record.in_time(self.platform.now())?;
        let session = self.store_signed_in(record).await;
        Ok(SignInResult { session, app_state: sign_in.app_state, return_to: sign_in.return_to })
    }

    /// The one writer of sign-ins: it replaces whatever the account had.
    async fn store_signed_in(&self, signed_in: SignedIn) -> Rc<Session> {
        let newest = self.entries.borrow().iter().map(|entry| entry.record.signed_in_at).max();
        let record = signed_in.after(newest);
        let key = record.account().key(&self.config.namespace);
        let text = record.encode();
        let version = self.version.get();
        match self.store.replace(&key, Some(&text)).await {
            Ok(replaced) => {
                let replaced = replaced.and_then(|text| self.decode(&key, &text));
                self.drop_replaced_key(replaced.as_deref(), Some(&record)).await;
            }
            Err(_) => {
                let stored = self.store.read(&key).await.unwrap_or_default();
                self.keep_in_memory(&key, stored, text.clone());
            }
        }
        let session = Rc::new(Session::at(&record, self.platform.now()));
        if self.version.get() == version || self.store.read(&key).await == Ok(Some(text)) {
            self.apply(&key, Some(Rc::new(record)), Origin::Local, SignedOutReason::User);
        } else {
            // Somebody has signed out, or in again, before this context heard that its own sign-in was stored.
            self.reread(&key, SignedOutReason::OtherContext).await;
        }
        self.platform.announce(&key);
        let state = self.state.borrow();
        state.sessions.iter().find(|known| **known == session).cloned().unwrap_or(session)
    }
}

/// The same question once more, if it may be asked again.
fn repetition(transaction: &Transaction, sign_in: &SignIn) -> Option<SignInOptions> {
    let again = sign_in.again.clone()?;
    Some(SignInOptions {
        provider: Some(transaction.provider.clone()),
        return_to: sign_in.return_to.clone(),
        app_state: sign_in.app_state.clone(),
        scope: Some(sign_in.scope.clone()),
        resources: Some(sign_in.resources.clone()),
        authorization_details: again.details,
        params: again.params,
        ..SignInOptions::default()
    })
}
