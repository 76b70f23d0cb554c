//! What is known about ten providers, as configurations to start from: real endpoints or issuers, the parameters that
//! bring a refresh token, and what stands in the way of an app that has no server ([`Limitation`]). `docs/providers.md`
//! has the sources. `pkg/providers.js` says the same in JavaScript; `tests/package/presets.json` holds the two equal.
//!
//! Each function asks for what nobody but the app can know. What it returns is a plain [`ProviderConfig`]: whatever else
//! the app wants different is a member of it.
//!
//! ```
//! use keyward::providers;
//!
//! let provider = providers::keycloak("https://id.example.com", "staff", "my-app").redirect_uri("https://app.example.com/");
//! assert_eq!(provider.issuer.as_deref(), Some("https://id.example.com/realms/staff"));
//! ```

use crate::client::ProviderConfig;
use crate::client::config::IdTokenVerification;
use crate::prelude::*;
use crate::protocol::form;
use crate::protocol::json::Json;

/// What an app that lives in a page must know about a provider before it ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limitation {
    /// The token endpoint demands a client secret, which a page cannot keep: a server of the app's own must add it. The
    /// only one that forbids signing in without a server.
    ClientSecretRequired,
    /// The keys cannot be counted on to be readable by pages (CORS), so the ID token's signature is not verified: the
    /// TLS connection to the token endpoint vouches for it.
    KeysNotReadable,
    /// ID tokens may name an issuer that is not the one whose metadata is read.
    OtherIssuer,
    /// ID tokens are also for the other apps of the same project. They are accepted if `azp` names this one.
    OtherAudiences,
    /// The ID token of a work account may come from any customer's tenant: which ones are welcome is for the app's
    /// server to say.
    AnyTenant,
    /// The app's registration needs a switch that is off by default, or it cannot sign in or be read (CORS).
    Registration,
    /// A refresh token comes only if the registration or the API allows it.
    RefreshTokenSetting,
    /// A refresh token ends after a fixed time, whatever is done with it.
    RefreshTokenLifetime,
    /// There is no revocation endpoint: after signing out, tokens live on to their end.
    NoRevocation,
    /// There is no logout endpoint: signing out here leaves the provider's own session alone.
    NoLogout,
    /// The logout endpoint is not the one of OpenID Connect.
    OwnLogout,
    /// Revoking the refresh token ends the single sign-on session too.
    RevocationEndsSingleSignOn,
    /// Access tokens are opaque, or meant for the provider's own API: a server of the app's cannot verify them by itself.
    OpaqueAccessToken,
}

use Limitation as L;

/// Of [`google`].
pub const GOOGLE: &[Limitation] =
    &[L::ClientSecretRequired, L::KeysNotReadable, L::OtherIssuer, L::NoLogout, L::OpaqueAccessToken];
/// Of [`discord`].
pub const DISCORD: &[Limitation] = &[L::Registration, L::KeysNotReadable, L::NoLogout, L::OpaqueAccessToken];
/// Of [`keycloak`].
pub const KEYCLOAK: &[Limitation] = &[L::Registration, L::RevocationEndsSingleSignOn];
/// Of [`auth0`].
pub const AUTH0: &[Limitation] = &[L::Registration, L::RefreshTokenSetting, L::OpaqueAccessToken];
/// Of [`entra`].
pub const ENTRA: &[Limitation] =
    &[L::Registration, L::OtherIssuer, L::AnyTenant, L::RefreshTokenLifetime, L::NoRevocation, L::OpaqueAccessToken];
/// Of [`okta`].
pub const OKTA: &[Limitation] = &[L::Registration, L::RefreshTokenSetting, L::OpaqueAccessToken];
/// Of [`cognito`].
pub const COGNITO: &[Limitation] = &[L::Registration, L::OwnLogout];
/// Of [`gitlab`].
pub const GITLAB: &[Limitation] = &[L::Registration, L::NoLogout, L::OpaqueAccessToken];
/// Of [`zitadel`].
pub const ZITADEL: &[Limitation] = &[L::Registration, L::OtherAudiences, L::RefreshTokenSetting, L::OpaqueAccessToken];
/// Of [`better_auth`].
pub const BETTER_AUTH: &[Limitation] = &[L::Registration];

/// The `tid` of personal Microsoft accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Google. `token_endpoint` is an address of the app's own server that adds the client secret to the form and passes it
/// on to `https://oauth2.googleapis.com/token`: Google's own endpoint refuses an app without a secret, with PKCE too.
/// Access is asked for offline and with consent each time, as only then a refresh token comes again.
pub fn google(client_id: &str, token_endpoint: &str) -> ProviderConfig {
    ProviderConfig {
        metadata: object(&[("token_endpoint", token_endpoint), ("id_token_issuer", "accounts.google.com")]),
        authorization_params: pairs(&[("access_type", "offline"), ("prompt", "consent")]),
        id_token_verification: IdTokenVerification::Tls,
        ..ProviderConfig::new("https://accounts.google.com", client_id).scope("openid profile email")
    }
}

/// Discord. The endpoints are given here: what Discord publishes leaves some out, and nothing says that pages may read it.
pub fn discord(client_id: &str) -> ProviderConfig {
    ProviderConfig {
        metadata: object(&[
            ("issuer", "https://discord.com"),
            ("authorization_endpoint", "https://discord.com/oauth2/authorize"),
            ("token_endpoint", "https://discord.com/api/oauth2/token"),
            ("revocation_endpoint", "https://discord.com/api/oauth2/token/revoke"),
            ("userinfo_endpoint", "https://discord.com/api/oauth2/userinfo"),
            ("jwks_uri", "https://discord.com/api/oauth2/keys"),
        ]),
        id_token_verification: IdTokenVerification::Tls,
        ..ProviderConfig::new("https://discord.com", client_id).scope("openid identify")
    }
}

/// Keycloak. `url` is the server's, with the path that it was set up with, if any (`/auth` before version 17); `realm` is
/// spelled as in its addresses.
pub fn keycloak(url: &str, realm: &str, client_id: &str) -> ProviderConfig {
    let issuer = [without_slash(url), "/realms/", realm].concat();
    ProviderConfig::new(&issuer, client_id).scope("openid profile email")
}

/// Auth0. `domain` is the tenant's (`acme.eu.auth0.com`) or the custom one. Without the `audience` of an API, the access
/// token is good for nothing but UserInfo.
pub fn auth0(domain: &str, client_id: &str, audience: Option<&str>) -> ProviderConfig {
    ProviderConfig {
        authorization_params: audience.map(|audience| pairs(&[("audience", audience)])).unwrap_or_default(),
        // The final slash is part of Auth0's issuer.
        ..ProviderConfig::new(&["https://", domain, "/"].concat(), client_id)
            .scope("openid profile email offline_access")
    }
}

/// Whose accounts Microsoft Entra ID signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntraTenant<'a> {
    /// Those of one tenant, by its id (a GUID). Its domain name will not do: the metadata found under a name has the id
    /// in its issuer.
    Id(&'a str),
    /// Work and school accounts of any tenant, and personal ones.
    Common,
    /// Work and school accounts of any tenant.
    Organizations,
    /// Personal Microsoft accounts.
    Consumers,
}

/// Microsoft Entra ID. With [`EntraTenant::Common`] and [`EntraTenant::Organizations`] a session's issuer is the common
/// one, and the ID token's claims `iss` and `tid` say whose account it is.
pub fn entra(tenant: EntraTenant<'_>, client_id: &str) -> ProviderConfig {
    let (name, any) = match tenant {
        EntraTenant::Id(id) => (id, false),
        EntraTenant::Consumers => (PERSONAL, false),
        EntraTenant::Common => ("common", true),
        EntraTenant::Organizations => ("organizations", true),
    };
    let issuer = ["https://login.microsoftonline.com/", name, "/v2.0"].concat();
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    // The template, which is no URL, is what the metadata has for an issuer.
    let metadata = if any { object(&[("issuer", &issuer), ("id_token_issuer", template)]) } else { None };
    ProviderConfig { metadata, ..ProviderConfig::new(&issuer, client_id).scope("openid profile email offline_access") }
}

/// Okta. Without an `authorization_server` it is the org's own, whose access tokens are for Okta's API alone; `default`
/// is the name of the one that an org may come with for APIs of its own.
pub fn okta(domain: &str, authorization_server: Option<&str>, client_id: &str) -> ProviderConfig {
    let path = authorization_server.map(|name| ["/oauth2/", name].concat()).unwrap_or_default();
    ProviderConfig::new(&["https://", domain, &path].concat(), client_id).scope("openid profile email offline_access")
}

/// Where Cognito's own logout endpoint is and where it returns to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CognitoLogout<'a> {
    /// The user pool's domain: `acme.auth.eu-central-1.amazoncognito.com` or a custom one.
    pub domain: &'a str,
    /// One of the sign-out URLs that the app client allows.
    pub uri: &'a str,
}

/// Amazon Cognito. It names a logout endpoint that wants `logout_uri` and not what OpenID Connect says: give `logout`,
/// or sign out locally.
pub fn cognito(region: &str, user_pool_id: &str, client_id: &str, logout: Option<CognitoLogout<'_>>) -> ProviderConfig {
    let issuer = ["https://cognito-idp.", region, ".amazonaws.com/", user_pool_id].concat();
    let endpoint = logout.map(|CognitoLogout { domain, uri }| {
        ["https://", domain, "/logout?", &form::encode(&[("logout_uri", uri)])].concat()
    });
    ProviderConfig {
        metadata: endpoint.and_then(|endpoint| object(&[("end_session_endpoint", &endpoint)])),
        // Refresh tokens come unasked, and the scope offline_access is unknown here.
        ..ProviderConfig::new(&issuer, client_id).scope("openid profile email")
    }
}

/// GitLab: `https://gitlab.com`, or the address of an instance.
pub fn gitlab(url: &str, client_id: &str) -> ProviderConfig {
    ProviderConfig::new(without_slash(url), client_id).scope("openid profile email")
}

/// Zitadel. `domain` is the instance's. Its ID tokens name every app of the project as their audience, and the project.
pub fn zitadel(domain: &str, client_id: &str) -> ProviderConfig {
    ProviderConfig {
        metadata: Some(Json::Object(vec![("id_token_other_audiences".into(), Json::Bool(true))])),
        ..ProviderConfig::new(&["https://", domain].concat(), client_id).scope("openid profile email offline_access")
    }
}

/// Better Auth as a provider (its plugin `oauthProvider`). `url` is its base URL with the base path, as in
/// `https://example.com/api/auth`.
pub fn better_auth(url: &str, client_id: &str) -> ProviderConfig {
    ProviderConfig::new(without_slash(url), client_id).scope("openid profile email offline_access")
}

fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

fn object(members: &[(&str, &str)]) -> Option<Json> {
    Some(Json::Object(members.iter().map(|(name, value)| ((*name).into(), Json::from(*value))).collect()))
}

fn pairs(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
