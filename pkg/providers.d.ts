// Types of "keyward/providers": what is known about ten providers, as configurations to start from.
//
//   import { init } from "keyward";
//   import { keycloak } from "keyward/providers";
//
//   const auth = await init(keycloak({ url: "https://id.example.com", realm: "staff", clientId: "my-app" }));
//
// Or several by id: `init({ providers: { work: entra({ … }), home: discord({ … }) } })`, each with a `redirectUri` of its
// own. A preset is a plain function: it loads nothing, and its result is an ordinary ProviderConfig. Settings of
// ProviderConfig that are given win over the preset's; of `metadata`, `authorizationParams` and `tokenParams`, member by
// member. A member that is missing or cannot be right throws an AuthError of code "invalid_config" at once.
//
// The repository's docs/providers.md says for each provider how to register the app, and where the facts come from.

import type { ProviderConfig } from "./index.js";

/** What an app that lives in a page must know about a provider before it ships. */
export type Limitation =
  /**
   * The token endpoint demands a client secret, which a page cannot keep: a server of the app's own must add it. The only
   * one that forbids signing in without a server, so the preset asks for that server's address.
   */
  | "client_secret_required"
  /**
   * The keys cannot be counted on to be readable by pages (CORS), so the ID token's signature is not verified: the TLS
   * connection to the token endpoint vouches for it.
   */
  | "keys_not_readable"
  /** ID tokens may name an issuer that is not the one whose metadata is read. */
  | "other_issuer"
  /** ID tokens are also for the other apps of the same project. They are accepted if `azp` names this one. */
  | "other_audiences"
  /**
   * The ID token of a work account may come from any customer's tenant: which ones are welcome is for the app's server to
   * say.
   */
  | "any_tenant"
  /** The app's registration needs a switch that is off by default, or it cannot sign in or be read (CORS). */
  | "registration"
  /** A refresh token comes only if the registration or the API allows it. */
  | "refresh_token_setting"
  /** A refresh token ends after a fixed time, whatever is done with it. */
  | "refresh_token_lifetime"
  /** There is no revocation endpoint: after signing out, tokens live on to their end. */
  | "no_revocation"
  /** There is no logout endpoint: signing out here leaves the provider's own session alone. */
  | "no_logout"
  /** The logout endpoint is not the one of OpenID Connect. */
  | "own_logout"
  /** Revoking the refresh token ends the single sign-on session too. */
  | "revocation_ends_single_sign_on"
  /**
   * Access tokens are opaque, or meant for the provider's own API: a server of the app's cannot verify them by itself.
   */
  | "opaque_access_token";

/** What every preset takes beside what its provider needs. */
export type Settings = Omit<ProviderConfig, "issuer"> & { issuer?: never };

/** A function of what only the app knows. */
export interface Preset<Needs> {
  (settings: Settings & Needs): ProviderConfig;
  /** In the order of their weight. */
  readonly limitations: readonly Limitation[];
}

/**
 * Google. Access is asked for offline and with consent each time, as only then a refresh token comes again.
 *
 * Google refuses an app without a client secret, with PKCE too. A page cannot keep one: `tokenEndpoint` is an address of
 * the app's own server that adds the secret to the form and passes it on to `https://oauth2.googleapis.com/token`.
 */
export const google: Preset<{ tokenEndpoint: string }>;

/** Discord, with the scopes `openid identify`. Turn on "Public Client" in the application's OAuth2 settings. */
export const discord: Preset<unknown>;

/** Keycloak: `url` is the server's, with its path if it has one; `realm` is spelled as in its addresses. */
export const keycloak: Preset<{ url: string; realm: string }>;

/** Auth0. Without the `audience` of an API, the access token is good for nothing but UserInfo. */
export const auth0: Preset<{ domain: string; audience?: string }>;

/**
 * Microsoft Entra ID. `tenant` is a tenant's id (a GUID, not its domain name), or whose accounts are welcome. With
 * `common` and `organizations` a session's issuer is the common one, and the claims `iss` and `tid` say whose it is.
 */
export const entra: Preset<{ tenant: "common" | "organizations" | "consumers" | (string & {}) }>;

/**
 * Okta. Without `authorizationServer` it is the org's own, whose access tokens are for Okta's API alone; "default" is the
 * name of the one that an org may come with for APIs of its own.
 */
export const okta: Preset<{ domain: string; authorizationServer?: string }>;

/**
 * Amazon Cognito. It names a logout endpoint that wants `logout_uri` and not what OpenID Connect says: give the user
 * pool's domain and one of the allowed sign-out URLs, or sign out with `mode: "local"`.
 */
export const cognito: Preset<{ region: string; userPoolId: string; logout?: { domain: string; uri: string } }>;

/** GitLab: `url` is an instance's, by default `https://gitlab.com`. */
export const gitlab: Preset<{ url?: string }>;

/**
 * Zitadel: `domain` is the instance's. Its ID tokens name every app of the project as their audience, and the project: the
 * preset accepts them where `azp` names this app.
 */
export const zitadel: Preset<{ domain: string }>;

/** Better Auth as a provider (its plugin oauthProvider): `url` is its base URL with the base path, `…/api/auth`. */
export const betterAuth: Preset<{ url: string }>;
