//! What an app says of itself and its providers, checked once.

use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::authorization::is_reserved;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::Json;
use crate::protocol::{metadata, token, url};
use crate::session::account::owner;
use crate::session::view;
use alloc::rc::Rc;
use core::pin::Pin;

/// The whole configuration of an instance.
#[derive(Clone)]
pub struct Config {
    /// At least one provider; the first is the default.
    pub providers: Vec<ProviderConfig>,
    /// Origins that requests to APIs may carry tokens to, each exactly as in `https://api.example.com`. Default none.
    pub allowed_origins: Vec<String>,
    /// Finish a redirect sign-in when the client starts. Default true.
    pub handle_redirect: bool,
    /// After a finished redirect sign-in the address is replaced by the one where the sign-in began. Default true; false
    /// for a callback page of its own.
    pub restore_url: bool,
    /// Refresh before expiry in the background. Default true.
    pub auto_refresh: bool,
    /// How long before expiry the background refresh starts. Default: the smaller of 60 s and 10 % of the lifetime,
    /// jittered.
    pub refresh_lead: Option<Millis>,
    /// Tolerated clock difference when claims are checked. Default 60 s, at most 300 s.
    pub clock_tolerance: Millis,
    /// Bound of one request to the provider. Default 10 s.
    pub request_timeout: Millis,
    /// Separates instances that share an origin. Default "keyward".
    pub namespace: String,
    /// Receives diagnostic events, redacted.
    pub logger: Option<Logger>,
    /// Opens authorization and logout URLs instead of leaving the page; the answer comes in through
    /// [`Client::handle_redirect`](super::Client::handle_redirect).
    pub open_url: Option<OpenUrl>,
}

/// One provider and this app's registration there.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// The provider's id in this configuration. Default "default".
    pub id: String,
    /// Issuer identifier; its metadata is discovered. Optional only with complete `metadata`.
    pub issuer: Option<String>,
    /// The client id of a public client.
    pub client_id: String,
    /// Default: the document's `<base href>` where there is one, else the origin and "/".
    pub redirect_uri: Option<String>,
    /// Where RP-initiated logout returns to.
    pub post_logout_redirect_uri: Option<String>,
    /// Default "openid".
    pub scope: String,
    /// Resource indicators asked for at sign-in (RFC 8707).
    pub resources: Vec<String>,
    /// Metadata members that win over the discovered ones; with both endpoints set, discovery is skipped.
    pub metadata: Option<Json>,
    /// Added to every authorization request.
    pub authorization_params: Vec<(String, String)>,
    /// Added to every token request.
    pub token_params: Vec<(String, String)>,
    /// Tokens bound to a key (RFC 9449): [`Usage::Always`] refuses others. Default never.
    pub dpop: Usage,
    /// Pushed authorization requests (RFC 9126). Default where the metadata requires them.
    pub par: Usage,
    /// How ID tokens are verified.
    pub id_token_verification: IdTokenVerification,
}

/// When something is used that not every provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Never.
    Never,
    /// Always: a provider that does not do its part is refused.
    Always,
    /// As the provider's metadata says.
    Auto,
}

/// How ID tokens are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenVerification {
    /// With the provider's keys.
    Signature,
    /// By the direct TLS connection to the token endpoint (OpenID Connect Core section 3.1.3.7, item 6).
    Tls,
}

/// Opens a URL elsewhere: see [`Config::open_url`].
pub type OpenUrl = Rc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<(), Error>>>>>;

/// Receives diagnostic events.
pub type Logger = Rc<dyn Fn(&LogEntry)>;

/// A diagnostic event. No token, code or verifier is ever in one.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// When, on this machine's clock.
    pub time: Millis,
    /// How much it matters.
    pub level: Level,
    /// What happened: a stable name.
    pub event: &'static str,
    /// The particulars.
    pub fields: Vec<(&'static str, Json)>,
}

/// How much a log entry matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For whoever debugs an app.
    Debug,
    /// The normal course.
    Info,
    /// Something failed and is being dealt with.
    Warn,
    /// Something failed for good.
    Error,
}

impl Level {
    /// As the contract spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

impl Config {
    /// One provider, everything else as it is by default.
    pub fn new(provider: ProviderConfig) -> Config {
        Config {
            providers: vec![provider],
            allowed_origins: Vec::new(),
            handle_redirect: true,
            restore_url: true,
            auto_refresh: true,
            refresh_lead: None,
            clock_tolerance: 60_000,
            request_timeout: 10_000,
            namespace: "keyward".to_owned(),
            logger: None,
            open_url: None,
        }
    }

    /// With a function that opens authorization and logout URLs instead of leaving the page: in a native shell, the
    /// system's browser. A sign-in waits until [`Client::handle_redirect`](super::Client::handle_redirect) has finished it,
    /// or ends with the error that the function gives.
    pub fn open_url<F>(self, open: impl Fn(String) -> F + 'static) -> Self
    where
        F: Future<Output = Result<(), Error>> + 'static,
    {
        Config { open_url: Some(Rc::new(move |url| Box::pin(open(url)))), ..self }
    }

    /// The provider of that id, or the default one.
    pub fn provider(&self, id: Option<&str>) -> Result<&ProviderConfig, Error> {
        let found = match id {
            Some(id) => self.providers.iter().find(|provider| provider.id == id),
            None => self.providers.first(),
        };
        found.ok_or_else(|| Error::new(ErrorCode::UnknownProvider, "no provider of that id is configured"))
    }

    /// What a [view] is made for.
    ///
    /// [view]: crate::session::view
    pub(super) fn configuration(&self) -> Json {
        let providers = self.providers.iter();
        view::configuration(providers.map(|it| (it.id.as_str(), it.issuer.as_deref(), it.client_id.as_str())))
    }

    /// What cannot work is refused here, with the member's name.
    pub(super) fn check(&self) -> Result<(), Error> {
        require(!self.providers.is_empty(), "providers", "at least one provider is needed")?;
        require((0..=300_000).contains(&self.clock_tolerance), "clockToleranceSeconds", "must be between 0 and 300")?;
        require(self.request_timeout > 0, "requestTimeout", "must be greater than 0")?;
        require(self.refresh_lead.is_none_or(|lead| lead >= 0), "refreshLeadSeconds", "must not be negative")?;
        require(!self.namespace.is_empty(), "namespace", "must not be empty")?;
        let sound = self.allowed_origins.iter().all(|origin| url::is_origin(origin));
        require(sound, "allowedOrigins", "must be https origins, such as https://api.example.com (http on loopback)")?;
        for (index, provider) in self.providers.iter().enumerate() {
            provider.check().map_err(|error| error.of_provider(&provider.id))?;
            let twice = self.providers.iter().take(index).any(|other| other.id == provider.id);
            require(!twice, "providers", "two providers have the same id")?;
            let names_itself = provider
                .metadata
                .as_ref()
                .and_then(|json| json.get("authorization_response_iss_parameter_supported")?.as_bool());
            if provider.is_complete() && names_itself != Some(true) {
                self.check_rivals(provider, |provider| provider.redirect_uri.clone())?;
            }
        }
        Ok(())
    }

    /// Several issuers may answer to one redirect URI only if each names itself in its responses: otherwise one of them
    /// could have the other's codes sent to itself (RFC 9700 section 4.4).
    pub(super) fn check_rivals(
        &self,
        provider: &ProviderConfig,
        redirect_uri: impl Fn(&ProviderConfig) -> Option<String>,
    ) -> Result<(), Error> {
        let rival = |other: &ProviderConfig| {
            let other_issuer = other.issuer != provider.issuer || other.issuer.is_none();
            other.id != provider.id && other_issuer && redirect_uri(other) == redirect_uri(provider)
        };
        let message = "is another issuer's, too, and the provider does not name itself in its responses (RFC 9207): \
                       give each issuer a redirect URI of its own";
        let alone = !self.providers.iter().any(rival);
        require(alone, "redirectUri", message).map_err(|error| error.of_provider(&provider.id))
    }
}

impl ProviderConfig {
    /// A provider whose metadata is discovered; id "default", scope "openid".
    pub fn new(issuer: &str, client_id: &str) -> ProviderConfig {
        ProviderConfig {
            id: "default".to_owned(),
            issuer: Some(issuer.to_owned()),
            client_id: client_id.to_owned(),
            redirect_uri: None,
            post_logout_redirect_uri: None,
            scope: "openid".to_owned(),
            resources: Vec::new(),
            metadata: None,
            authorization_params: Vec::new(),
            token_params: Vec::new(),
            dpop: Usage::Never,
            par: Usage::Auto,
            id_token_verification: IdTokenVerification::Signature,
        }
    }

    /// With that scope.
    pub fn scope(self, scope: &str) -> Self {
        ProviderConfig { scope: scope.to_owned(), ..self }
    }

    /// With that redirect URI.
    pub fn redirect_uri(self, uri: &str) -> Self {
        ProviderConfig { redirect_uri: Some(uri.to_owned()), ..self }
    }

    /// With that post-logout redirect URI.
    pub fn post_logout_redirect_uri(self, uri: &str) -> Self {
        ProviderConfig { post_logout_redirect_uri: Some(uri.to_owned()), ..self }
    }

    /// Whose what is stored for this registration is.
    pub(super) fn owner(&self) -> String {
        let issuer = self.issuer.as_deref().or_else(|| self.metadata.as_ref()?.str("issuer"));
        owner(&self.id, issuer.unwrap_or_default(), &self.client_id)
    }

    /// Whether the scope has `openid` in it.
    pub fn uses_openid(&self, scope: &str) -> bool {
        scope.split(' ').any(|value| value == "openid")
    }

    /// `metadata.id_token_issuer`: what `iss` of an ID token may be instead of the issuer. Of the configured metadata
    /// only: what a provider publishes cannot widen whom it speaks for.
    pub(super) fn id_token_issuer(&self) -> Option<&str> {
        self.metadata.as_ref()?.str("id_token_issuer")
    }

    /// `metadata.id_token_other_audiences`: ID tokens may be for others too, if `azp` names this client. Of the configured
    /// metadata only.
    pub(super) fn other_audiences(&self) -> bool {
        self.metadata.as_ref().and_then(|json| json.get("id_token_other_audiences")) == Some(&Json::Bool(true))
    }

    /// Whether `metadata` has both endpoints, so that nothing needs to be discovered.
    pub(super) fn is_complete(&self) -> bool {
        let has = |name| self.metadata.as_ref().is_some_and(|metadata| metadata.str(name).is_some());
        has("authorization_endpoint") && has("token_endpoint")
    }

    fn check(&self) -> Result<(), Error> {
        require(!self.id.is_empty(), "providers", "a provider's id must not be empty")?;
        require(!self.client_id.is_empty(), "clientId", "must not be empty")?;
        match &self.issuer {
            Some(issuer) => {
                let plain = url::endpoint(issuer).is_some() && !issuer.contains('?');
                require(plain, "issuer", "must be an https URL without query and fragment (http only on loopback)")?;
            }
            None => require(self.is_complete(), "issuer", "is needed, unless metadata has both endpoints")?,
        }
        if let Some(json) = &self.metadata {
            require(json.members().is_some(), "metadata", "must be an object")?;
            // What a provider gets wrong counts as not named; what the app does is for the app to mend.
            if let Some(member) = metadata::unusable(json).first() {
                return Err(invalid(
                    "metadata",
                    &["`", member, "` is not an https URL (http only on loopback), or not of its type"].concat(),
                ));
            }
            if self.is_complete() {
                let metadata = metadata::ServerMetadata::from_json(json, self.issuer.as_deref())
                    .map_err(|error| invalid("metadata", &error.message))?;
                let endpoint = metadata.pushed_authorization_request_endpoint();
                let message = "needs `pushed_authorization_request_endpoint` in metadata";
                require(self.par != Usage::Always || endpoint.is_some(), "par", message)?;
            }
        }
        let redirect_uris =
            [("redirectUri", &self.redirect_uri), ("postLogoutRedirectUri", &self.post_logout_redirect_uri)];
        for (member, uri) in redirect_uris {
            let sound = uri.as_ref().is_none_or(|uri| url::redirect_uri(uri).is_some());
            require(sound, member, REDIRECT_URI)?;
        }
        for resource in &self.resources {
            require(is_resource(resource), "resource", "must be an absolute URI without fragment (RFC 8707)")?;
        }
        for (name, _) in &self.authorization_params {
            require_free(!is_reserved(name), "authorizationParams", name)?;
        }
        for (name, _) in &self.token_params {
            require_free(!token::is_reserved(name), "tokenParams", name)?;
        }
        Ok(())
    }
}

/// What a redirect URI is expected to be.
pub(super) const REDIRECT_URI: &str = "must be an absolute https URL without fragment (http only on loopback), or one of a \
                                       native app or an extension: a scheme with a dot, capacitor:, tauri:, chrome-extension:";

/// RFC 8707 section 2: an absolute URI without fragment.
pub(super) fn is_resource(text: &str) -> bool {
    text.contains(':') && !text.contains('#')
}

fn require(holds: bool, member: &str, message: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(invalid(member, message)) }
}

fn require_free(free: bool, member: &str, parameter: &str) -> Result<(), Error> {
    if free { Ok(()) } else { Err(Error::new(ErrorCode::InvalidConfig, reserved(member, parameter))) }
}

/// What is said of a parameter that an app may not set.
pub(super) fn reserved(member: &str, parameter: &str) -> String {
    [member, ".", parameter, ": a protocol parameter is set by Keyward alone"].concat()
}

/// The error of a configuration mistake, which names the member.
pub fn invalid(member: &str, message: &str) -> Error {
    Error::new(ErrorCode::InvalidConfig, [member, ": ", message].concat())
}
