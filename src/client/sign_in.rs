//! Signing in: the authorization request. Its response is the business of `redirect`.

use super::beside::Pending;
use super::config::{Level, ProviderConfig, Usage, reserved};
use super::start::{Client, Inner};
use super::state::Session;
use crate::platform::{Area, Platform};
use crate::prelude::*;
use crate::protocol::authorization::{AuthorizationRequest, essential_acr, is_reserved, random_value};
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::JsonText;
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::par;
use crate::protocol::pkce::Verifier;
use crate::protocol::{Millis, callback, decimal, return_to};
use crate::session::event::Event;
use crate::session::proof_key::ProofKey;
use crate::session::transaction::{self, Again, Purpose, SignIn, Transaction};
use alloc::rc::Rc;

/// How to sign in. Everything has a default.
#[derive(Clone, Debug, Default)]
pub struct SignInOptions {
    /// Default: the first configured provider.
    pub provider: Option<String>,
    /// Where the user meets the provider.
    pub mode: Mode,
    /// Bound of a sign-in beside the page. Default: none for a popup, 10 s in silence.
    pub timeout: Option<Millis>,
    /// Same-origin URL or path to restore after the redirect. Default: where the user is now.
    pub return_to: Option<String>,
    /// A value of the app's own (`json.into()`), handed back in the result as it is; kept in storage, never in the URL.
    pub app_state: JsonText,
    /// Default: the provider's configured scope.
    pub scope: Option<String>,
    /// Default: the provider's configured resources (RFC 8707).
    pub resources: Option<Vec<String>>,
    /// `prompt`
    pub prompt: Option<String>,
    /// `login_hint`
    pub login_hint: Option<String>,
    /// `max_age`; the ID token's `auth_time` is checked against it.
    pub max_age_seconds: Option<i64>,
    /// `acr_values`: a wish. A class that the ID token must have is demanded with the parameter `claims`
    /// (OpenID Connect Core section 5.5.1.1), and then checked.
    pub acr_values: Option<String>,
    /// `ui_locales`
    pub ui_locales: Option<String>,
    /// `authorization_details` (RFC 9396), an array; sent as it is.
    pub authorization_details: Option<JsonText>,
    /// Further parameters of the authorization request.
    pub params: Vec<(String, String)>,
}

/// Where the user meets the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The page is left, and returned to.
    #[default]
    Redirect,
    /// In a window beside the page, which opens before [`Client::sign_in`] returns its future: call it in the handler
    /// of a click.
    Popup,
    /// Nowhere: a hidden frame asks with `prompt=none` whether the user is signed in at the provider. It fails where
    /// the browser gives a provider of another site no cookies in frames, so nothing here ever tries it by itself.
    Silent,
}

/// What a sign-in came to.
#[derive(Clone, Debug, PartialEq)]
pub struct SignInResult {
    /// The session.
    pub session: Rc<Session>,
    /// The app's own value.
    pub app_state: JsonText,
    /// Where the user was.
    pub return_to: Option<String>,
}

/// What an authorization response in the page's URL came to.
#[derive(Clone, Debug, PartialEq)]
pub struct RedirectResult {
    /// The sign-in, or why it failed.
    pub outcome: Result<SignInResult, Error>,
}

impl<P: Platform> Client<P> {
    /// Sends the user to the provider (authorization code flow with PKCE, RFC 7636). With [`Mode::Redirect`] the page
    /// is left, so on success this never comes to an end: the sign-in is finished by [`Client::start`] on the page that
    /// is returned to; on this one, should the back button bring it back, it ends with [`ErrorCode::Aborted`]. The other
    /// modes come to their end here; dropping their future closes the window.
    pub fn sign_in(&self, options: SignInOptions) -> impl Future<Output = Result<SignInResult, Error>> + use<P> {
        let client = self.clone();
        let checked = client.inner.check_sign_in(&options);
        // Before anything is waited for: a popup is allowed in the user's gesture only.
        let window = if checked.is_ok() { client.open_beside(options.mode) } else { None };
        async move {
            checked?;
            let provider = client.inner.config.provider(options.provider.as_deref())?;
            match options.mode {
                Mode::Redirect => client.inner.sign_in_away(provider, &options).await,
                mode => client.sign_in_beside(mode, window, provider, &options).await,
            }
        }
    }
}

impl<P: Platform> Inner<P> {
    /// What can be said at once.
    fn check_sign_in(&self, options: &SignInOptions) -> Result<(), Error> {
        self.require_open()?;
        self.config.provider(options.provider.as_deref())?;
        match options.params.iter().find(|(name, _)| is_reserved(name)) {
            Some((name, _)) => Err(Error::new(ErrorCode::InvalidArgument, reserved("params", name))),
            None => Ok(()),
        }
    }

    async fn sign_in_away(&self, provider: &ProviderConfig, options: &SignInOptions) -> Result<SignInResult, Error> {
        let (url, state) = self.begin(provider, options, self.config.open_url.is_none()).await?;
        if let Some(open) = &self.config.open_url {
            let _pending = Pending::new(self, &state);
            return self.sign_in_elsewhere(&provider.id, open, url, state).await;
        }
        let left = self.leave(&url, &state).await;
        let error = left.unwrap_or_else(|| Error::new(ErrorCode::Unsupported, "there is no page to leave here"));
        Err(error.of_provider(&provider.id))
    }

    /// Asks the same once more. Like any sign-in it ends on another page, or with an error when the user comes back to
    /// this one; `None` if there is no asking.
    pub(super) async fn ask_again(&self, options: &SignInOptions) -> Option<Error> {
        let provider = self.config.provider(options.provider.as_deref()).ok()?;
        let (url, state) = self.prepare(provider, options, false).await.ok()?;
        self.log(Level::Info, "sign_in_repeated", Vec::new());
        self.leave(&url, &state).await
    }

    /// Leaves the page. If the user comes back to it by the back button, nobody waits for the response any more; `None` if
    /// there is no page.
    async fn leave(&self, url: &str, state: &str) -> Option<Error> {
        let left = self.platform.navigate(url, Some(state));
        if left {
            self.platform.back().await;
        }
        self.forget(state).await;
        left.then(|| Error::new(ErrorCode::Aborted, "the user came back from the provider by the back button"))
    }

    /// A pending transaction is of no use any more, nor is the key that was made for it. What cannot be removed now is swept
    /// later.
    pub(super) async fn forget(&self, state: &str) {
        let key = transaction::key(&self.config.namespace, state);
        if let Ok(Some(text)) = self.platform.read(Area::Transactions, &key).await
            && let Ok(true) = self.platform.swap(Area::Transactions, &key, Some(&text), None).await
            && let Ok(transaction) = Transaction::decode(&text, P::parse_json)
        {
            self.drop_key(transaction.key()).await;
        }
    }

    /// Tells everybody, and gives the error back.
    pub(super) fn sign_in_failed(&self, provider: &str, error: Error) -> Error {
        let error = error.of_provider(provider);
        self.log(Level::Warn, "sign_in_failed", vec![("code", error.code.as_str().into())]);
        self.emit(&Event::SignInFailed(provider.to_owned(), error.clone()));
        error
    }

    /// Remembers the transaction, then says where to go, and under which `state`. Whether the same may be asked once more,
    /// if the provider wants it so.
    pub(super) async fn begin(
        &self,
        provider: &ProviderConfig,
        options: &SignInOptions,
        repeatable: bool,
    ) -> Result<(String, String), Error> {
        let begun = self.prepare(provider, options, repeatable).await;
        begun.map_err(|error| self.sign_in_failed(&provider.id, error))
    }

    async fn prepare(
        &self,
        provider: &ProviderConfig,
        options: &SignInOptions,
        repeatable: bool,
    ) -> Result<(String, String), Error> {
        self.caches_nothing.set(false);
        let here = self.platform.url();
        let return_to = self.return_to(options, here.as_deref())?;
        let redirect_uri = self.redirect_uri(provider)?;
        let metadata = self.metadata(provider).await?;
        if !metadata.iss_parameter_supported() {
            self.config.check_rivals(provider, |provider| self.redirect_uri(provider).ok())?;
        }
        let scope = options.scope.as_deref().unwrap_or(&provider.scope);
        let resources = options.resources.as_deref().unwrap_or(&provider.resources);
        let verifier = Verifier::from_random(self.platform.random());
        let state = random_value(self.platform.random());
        let nonce = provider.uses_openid(scope).then(|| random_value(self.platform.random()));
        let key = self.new_key(provider, &metadata, self.area(options.mode)).await?;
        let extra = [provider.authorization_params.as_slice(), &options.params].concat();
        // What the app asked for in its own words is checked like what it asked for in ours; of equals the last counts.
        let own = |name: &str| extra.iter().rfind(|(present, _)| present == name).map(|(_, value)| value.as_str());
        let max_age_seconds = options.max_age_seconds.or_else(|| own("max_age").and_then(decimal::parse));
        let essential_acr = own("claims").and_then(P::parse_json).as_ref().and_then(essential_acr);
        let (challenge, jkt) = (verifier.challenge(), key.as_ref().map(ProofKey::thumbprint));
        let request = AuthorizationRequest {
            client_id: &provider.client_id,
            redirect_uri: &redirect_uri,
            scope,
            state: &state,
            nonce: nonce.as_deref(),
            code_challenge: &challenge,
            dpop_jkt: jkt.as_deref(),
            resources,
            prompt: options.prompt.as_deref().or((options.mode == Mode::Silent).then_some("none")),
            login_hint: options.login_hint.as_deref(),
            max_age_seconds: options.max_age_seconds,
            acr_values: options.acr_values.as_deref(),
            ui_locales: options.ui_locales.as_deref(),
            authorization_details: options.authorization_details.as_ref(),
            extra: &extra,
        };
        let endpoint = metadata.authorization_endpoint();
        let begun = async {
            let url = match pushing_endpoint(provider, &metadata)? {
                Some(pushing) => {
                    par::url(endpoint, &provider.client_id, &self.push(pushing, &request, key.as_ref()).await?)
                }
                None => request.url(endpoint),
            };
            let sign_in = SignIn {
                issuer: metadata.issuer().to_owned(),
                token_endpoint: metadata.token_endpoint().to_owned(),
                verifier: verifier.clone(),
                nonce: nonce.clone(),
                scope: scope.to_owned(),
                resources: resources.to_vec(),
                max_age_seconds,
                essential_acr,
                key: key.clone(),
                return_to,
                app_state: options.app_state.clone(),
                again: repeatable.then(|| options.again()),
            };
            let purpose = Purpose::SignIn(Box::new(sign_in));
            self.remember(self.area(options.mode), &state, provider, redirect_uri.clone(), purpose).await?;
            Ok(url)
        };
        let begun = begun.await;
        if begun.is_err() {
            self.drop_key(key.as_ref()).await;
        }
        begun.map(|url| (url, state))
    }

    /// Tells the provider the parameters directly; the reference to them.
    async fn push(
        &self,
        endpoint: &str,
        request: &AuthorizationRequest<'_>,
        key: Option<&ProofKey>,
    ) -> Result<String, Error> {
        let answer = self.send_pushed(par::request(endpoint, request.form()), key).await?;
        let secrets: Vec<&str> = [Some(request.state), request.nonce].into_iter().flatten().collect();
        par::process(answer, P::parse_json).map_err(|error| error.without(&secrets))
    }

    /// Whether the transaction must outlive the page.
    fn area(&self, mode: Mode) -> Area {
        let stays = mode != Mode::Redirect || self.config.open_url.is_some();
        if stays { Area::Visits } else { Area::Transactions }
    }

    /// Stores a pending transaction under its `state`.
    pub(super) async fn remember(
        &self,
        area: Area,
        state: &str,
        provider: &ProviderConfig,
        redirect_uri: String,
        purpose: Purpose,
    ) -> Result<(), Error> {
        self.sweep_transactions(1).await;
        let created_at = self.platform.now();
        let client = Some(provider.client_id.clone());
        let transaction = Transaction { created_at, redirect_uri, provider: provider.id.clone(), client, purpose };
        let key = transaction::key(&self.config.namespace, state);
        let stored = self.platform.swap(area, &key, None, Some(&transaction.encode())).await;
        match stored {
            Ok(true) => Ok(()),
            _ => Err(Error::new(
                ErrorCode::Storage,
                "the pending sign-in could not be stored (blocked or full), so it could not be finished after the page was \
                 left: mode \"popup\" needs no storage",
            )),
        }
    }

    /// The configured redirect URI, or what all pages of the app have in common: a provider knows one address, and users
    /// sign in from any.
    pub(super) fn redirect_uri(&self, provider: &ProviderConfig) -> Result<String, Error> {
        let uri = provider.redirect_uri.clone().or_else(|| self.platform.home());
        uri.ok_or_else(|| {
            Error::new(ErrorCode::Unsupported, "there is no page here, so redirectUri must be configured")
        })
    }

    fn return_to(&self, options: &SignInOptions, here: Option<&str>) -> Result<Option<String>, Error> {
        let Some(here) = here else { return Ok(None) };
        match &options.return_to {
            None => Ok(return_to::resolve(&callback::without_stale_response(here), here)),
            Some(wanted) => match return_to::resolve(wanted, here) {
                None => Err(invalid("returnTo: must be a same-origin http(s) URL or path")),
                resolved => Ok(resolved),
            },
        }
    }
}

impl SignInOptions {
    /// What a repetition needs that the transaction does not remember otherwise.
    fn again(&self) -> Again {
        let max_age = self.max_age_seconds.map(decimal::text);
        let named = [
            ("prompt", &self.prompt),
            ("login_hint", &self.login_hint),
            ("max_age", &max_age),
            ("acr_values", &self.acr_values),
            ("ui_locales", &self.ui_locales),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        let params = self.params.iter().cloned().chain(named).collect();
        Again { details: self.authorization_details.clone(), params }
    }
}

/// Where authorization requests are pushed to, if they are. There is no way around it where it is demanded.
fn pushing_endpoint<'a>(provider: &ProviderConfig, metadata: &'a ServerMetadata) -> Result<Option<&'a str>, Error> {
    let endpoint = metadata.pushed_authorization_request_endpoint();
    let message = match provider.par {
        Usage::Never => return Ok(None),
        Usage::Auto if !metadata.requires_pushed_requests() => return Ok(None),
        Usage::Auto => {
            "the provider requires pushed authorization requests, and its metadata names no \
             `pushed_authorization_request_endpoint` that can be used"
        }
        Usage::Always => {
            "par: the provider's metadata names no `pushed_authorization_request_endpoint` that can be used"
        }
    };
    let code = if provider.par == Usage::Auto { ErrorCode::InvalidMetadata } else { ErrorCode::InvalidConfig };
    endpoint.map(Some).ok_or_else(|| Error::new(code, message))
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}
