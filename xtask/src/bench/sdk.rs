//! Who is measured, and what of it applies to whom.

/// An SDK with an adapter in tests/bench/sdk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sdk {
    Keyward,
    OidcClientTs,
    Auth0,
    Okta,
    Axa,
    Supabase,
    Msal,
    Keycloak,
    Oauth4webapi,
}

pub(super) const EVERYONE: [Sdk; 9] = [
    Sdk::Keyward,
    Sdk::OidcClientTs,
    Sdk::Auth0,
    Sdk::Okta,
    Sdk::Axa,
    Sdk::Supabase,
    Sdk::Msal,
    Sdk::Keycloak,
    Sdk::Oauth4webapi,
];

impl Sdk {
    /// The adapter's file name, and the name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Sdk::Keyward => "keyward",
            Sdk::OidcClientTs => "oidc-client-ts",
            Sdk::Auth0 => "auth0-spa-js",
            Sdk::Okta => "okta-auth-js",
            Sdk::Axa => "axa-oidc-client",
            Sdk::Supabase => "supabase-auth-js",
            Sdk::Msal => "msal-browser",
            Sdk::Keycloak => "keycloak-js",
            Sdk::Oauth4webapi => "oauth4webapi",
        }
    }

    /// The package on npm; Keyward is this repository's own.
    pub(super) fn package(self) -> &'static str {
        match self {
            Sdk::Keyward => "keyward",
            Sdk::OidcClientTs => "oidc-client-ts",
            Sdk::Auth0 => "@auth0/auth0-spa-js",
            Sdk::Okta => "@okta/okta-auth-js",
            Sdk::Axa => "@axa-fr/oidc-client",
            Sdk::Supabase => "@supabase/auth-js",
            Sdk::Msal => "@azure/msal-browser",
            Sdk::Keycloak => "keycloak-js",
            Sdk::Oauth4webapi => "oauth4webapi",
        }
    }

    pub(super) fn keeps_sessions(self) -> bool {
        self != Sdk::Oauth4webapi
    }

    /// How it is set up, for the page's readers.
    pub(super) fn set_up(self) -> &'static str {
        match self {
            Sdk::Keyward => "one `init`, everything at its default",
            Sdk::OidcClientTs => "`UserManager` with the user store in localStorage (its default is sessionStorage)",
            Sdk::Auth0 => {
                "`createAuth0Client` with refresh tokens and the cache in localStorage (its default is memory)"
            }
            Sdk::Okta => {
                "the smaller `@okta/okta-auth-js/core`, at its defaults; its services start after the first token"
            }
            Sdk::Axa => "without its service worker, tokens in localStorage",
            Sdk::Supabase => "`AuthClient` with PKCE; the server imitates the service's API",
            Sdk::Msal => {
                "`protocolMode: \"OIDC\"`, cache in localStorage; its metadata is handed over, since it accepts https \
                 authorities only: no discovery request"
            }
            Sdk::Keycloak => {
                "it stores nothing: a page load asks the provider in a hidden frame (`check-sso` with \
                 `silentCheckSsoRedirectUri`); without its login frame"
            }
            Sdk::Oauth4webapi => {
                "by its public client example; it keeps no sessions, so only the callback and the size apply"
            }
        }
    }
}
