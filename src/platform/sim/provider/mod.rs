//! A correct OpenID provider with rotating refresh tokens, as a state machine over requests and responses.

mod authorize;
mod dpop;
mod id_token;
mod token;

pub(super) use id_token::{public_key, signature};

use super::faults::Endpoint;
use crate::protocol::Millis;
use crate::protocol::form;
use crate::protocol::http::{Request, Response};
use crate::protocol::json::Json;
use dpop::Received;
use std::collections::{BTreeMap, BTreeSet};

/// The provider and everything that it remembers.
pub struct Provider {
    issuer: String,
    /// How it behaves from now on.
    pub settings: Settings,
    grants: Vec<Grant>,
    codes: BTreeMap<String, Code>,
    refresh_tokens: BTreeMap<String, RefreshToken>,
    access_tokens: BTreeMap<String, AccessToken>,
    /// The `jti` of every proof.
    proofs: BTreeSet<String>,
}

/// How a provider behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The lifetime of access tokens.
    pub access_lifetime: Millis,
    /// What `expires_in` says instead of that lifetime; `Json::Null` leaves it out.
    pub expires_in: Option<Json>,
    /// How long a refresh token is good for if it is not used.
    pub refresh_lifetime: Millis,
    /// Whether every refresh brings a new refresh token.
    pub rotation: bool,
    /// For so long after its use, a refresh token may be used again.
    pub grace: Millis,
    /// Whether refresh tokens are given at all.
    pub refresh_tokens: bool,
    /// Whether a refresh brings a new ID token.
    pub id_token_on_refresh: bool,
    /// For how long after a sign-in its session may go on: ID tokens say `session_expiry`.
    pub session_lifetime: Option<Millis>,
    /// Whether there is a revocation endpoint.
    pub revocation: bool,
    /// Whether a narrower scope is ignored at a refresh.
    pub ignores_scope: bool,
    /// The resources that it knows; `None`: any. Another one is refused when the refresh token is spent already, as npm
    /// oidc-provider does it.
    pub resources: Option<Vec<String>>,
    /// Whether tokens are bound to keys (RFC 9449). Without it, proofs are ignored.
    pub dpop: bool,
    /// Whether proofs need a nonce.
    pub dpop_nonces: bool,
    /// Whether pages may read the nonces.
    pub dpop_nonces_exposed: bool,
}

/// What one sign-in at the provider brought.
#[derive(Clone, Debug)]
struct Grant {
    user: String,
    client_id: String,
    scope: String,
    nonce: Option<String>,
    signed_in_at: Millis,
    /// The thumbprint of the key that its tokens are bound to.
    jkt: Option<String>,
    revoked: bool,
}

struct Code {
    grant: usize,
    challenge: String,
    redirect_uri: String,
    expires_at: Millis,
    used: bool,
}

struct RefreshToken {
    grant: usize,
    expires_at: Millis,
    spent_at: Option<Millis>,
}

struct AccessToken {
    grant: usize,
    resource: Option<String>,
}

/// The tokens of one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Which sign-in they come from.
    pub grant: usize,
    /// The access token.
    pub access_token: String,
    /// The refresh token, if there is a new one.
    pub refresh_token: Option<String>,
    /// The lifetime of the access token, as the provider knows it.
    pub lifetime: Millis,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            access_lifetime: 300_000,
            expires_in: None,
            refresh_lifetime: 30 * 24 * 3_600_000,
            rotation: true,
            grace: 0,
            refresh_tokens: true,
            id_token_on_refresh: true,
            session_lifetime: None,
            revocation: true,
            ignores_scope: false,
            resources: None,
            dpop: false,
            dpop_nonces: false,
            dpop_nonces_exposed: true,
        }
    }
}

impl Provider {
    /// A provider without users, sessions or tokens.
    pub fn new(issuer: &str) -> Provider {
        Provider {
            issuer: issuer.to_owned(),
            settings: Settings::default(),
            grants: Vec::new(),
            codes: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            proofs: BTreeSet::new(),
        }
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What a URL of this provider is.
    pub fn endpoint(&self, url: &str) -> Endpoint {
        match url.strip_prefix(&self.issuer) {
            Some("/.well-known/openid-configuration") => Endpoint::Metadata,
            Some("/keys") => Endpoint::Keys,
            Some("/token") => Endpoint::Token,
            Some("/revoke") if self.settings.revocation => Endpoint::Revocation,
            _ => Endpoint::Unknown,
        }
    }

    /// Answers a request; the tokens that the answer brings are told apart.
    pub fn handle(&mut self, request: &Request, now: Millis) -> (Response, Option<Issued>) {
        let form = request.form.as_deref().map(form::parse);
        match (self.endpoint(&request.url), form) {
            (Endpoint::Metadata, None) => (json(200, self.metadata(), now), None),
            (Endpoint::Keys, None) => (json(200, id_token::key_set(&self.issuer), now), None),
            (Endpoint::Token, Some(form)) => {
                let (response, issued) = match self.token(&Form(form), &Received::of(request), now) {
                    Ok((body, issued)) => (json(200, body, now), Some(issued)),
                    Err(error) => (json(400, object([("error", error.into())]), now), None),
                };
                let nonce = self.settings.dpop_nonces && self.settings.dpop_nonces_exposed;
                (Response { dpop_nonce: nonce.then(|| self.nonce(now)), ..response }, issued)
            }
            (Endpoint::Revocation, Some(form)) => {
                self.revoke(Form(form).get("token"));
                (Response { status: 200, date: Some(now), ..Response::default() }, None)
            }
            _ => (Response { status: 404, date: Some(now), ..Response::default() }, None),
        }
    }

    /// Whose access token this is, and from which sign-in.
    pub fn owner(&self, access_token: &str) -> Option<(&str, usize)> {
        let grant = self.access_tokens.get(access_token)?.grant;
        Some((&self.grants.get(grant)?.user, grant))
    }

    /// The resource that an access token is for.
    pub fn resource(&self, access_token: &str) -> Option<&str> {
        self.access_tokens.get(access_token)?.resource.as_deref()
    }

    /// Which sign-in a refresh token comes from.
    pub fn grant_of(&self, refresh_token: &str) -> Option<usize> {
        Some(self.refresh_tokens.get(refresh_token)?.grant)
    }

    /// Whether the provider would still refresh with this token.
    pub fn honours(&self, refresh_token: &str, now: Millis) -> bool {
        self.refresh_tokens.get(refresh_token).is_some_and(|token| {
            let unspent = token.spent_at.is_none_or(|spent_at| now < spent_at + self.settings.grace);
            unspent && now < token.expires_at && self.is_alive(token.grant)
        })
    }

    /// When the session of that sign-in ends, if ID tokens say so.
    pub fn session_expiry(&self, grant: usize) -> Option<Millis> {
        self.settings.session_lifetime.and_then(|lifetime| Some(self.grants.get(grant)?.signed_in_at + lifetime))
    }

    /// Whether the provider has neither revoked nor ended that sign-in.
    pub fn is_alive(&self, grant: usize) -> bool {
        self.grants.get(grant).is_some_and(|grant| !grant.revoked)
    }

    /// How many sign-ins there were.
    pub fn grant_count(&self) -> usize {
        self.grants.len()
    }

    /// Ends every session of that user, as an administrator would.
    pub fn revoke_user(&mut self, user: &str) {
        self.grants.iter_mut().filter(|grant| grant.user == user).for_each(|grant| grant.revoked = true);
    }

    /// Revokes the grant that a token comes from (RFC 7009 section 2.1).
    fn revoke(&mut self, token: &str) {
        let grant = self.grant_of(token).or_else(|| self.access_tokens.get(token).map(|token| token.grant));
        if let Some(grant) = grant.and_then(|grant| self.grants.get_mut(grant)) {
            grant.revoked = true;
        }
    }

    fn metadata(&self) -> Json {
        let at = |path: &str| Json::from([&self.issuer, path].concat());
        object([
            ("issuer", self.issuer.as_str().into()),
            ("authorization_endpoint", at("/authorize")),
            ("token_endpoint", at("/token")),
            ("jwks_uri", at("/keys")),
            ("revocation_endpoint", if self.settings.revocation { at("/revoke") } else { Json::Null }),
            (
                "dpop_signing_alg_values_supported",
                if self.settings.dpop { Json::Array(vec!["ES256".into()]) } else { Json::Null },
            ),
            ("code_challenge_methods_supported", Json::Array(vec!["S256".into()])),
            ("id_token_signing_alg_values_supported", Json::Array(vec!["ES256".into()])),
            ("authorization_response_iss_parameter_supported", true.into()),
        ])
    }
}

/// The fields of a form or query.
struct Form(Vec<(String, String)>);

impl Form {
    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    let present = members.into_iter().filter(|(_, value)| *value != Json::Null);
    Json::Object(present.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn json(status: u16, body: Json, now: Millis) -> Response {
    Response {
        status,
        body: body.to_text(),
        content_type: Some("application/json".to_owned()),
        retry_after: None,
        date: Some(now),
        ..Response::default()
    }
}
