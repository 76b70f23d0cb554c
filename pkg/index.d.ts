// Types of the package "keyward". Durations are in milliseconds unless the name of a member ends in `Seconds`; points in
// time are milliseconds since the Unix epoch, as Date.now() gives them.

/// <reference lib="dom" />
/// <reference lib="esnext.disposable" />

/**
 * Prepares the page's instance: loads the WebAssembly module (once per page), brings back the sessions that are stored,
 * and, if this page was loaded with the response to a sign-in that began here, completes that sign-in.
 *
 * The network is used only to load the module and to complete a sign-in; with a stored session that is still valid,
 * nothing is asked of the provider. The instance becomes the page's default, which {@link signIn}, {@link signOut} and
 * {@link getAccessToken} use. Called again with an equal config it gives the same instance, so React's StrictMode and
 * hot reloading do no harm: functions in it (`logger`, an adapter's methods) make no other instance, and the last ones given
 * are called. Two calls at once never race for one authorization response. After `close()`, or with another config, there is a new default instance; an earlier one that
 * was not closed goes on for whoever holds it.
 *
 * A sign-in that fails does not reject this promise: look at {@link Auth.redirectResult}. It rejects with
 * - `invalid_config`: the message begins with the member that is wrong;
 * - `unsupported`: the message begins with a member whose value is not for this entry;
 * - `wasm_blocked`: the Content Security Policy forbids WebAssembly; the message names the missing source;
 * - `network`: the module could not be fetched; the next call tries again. Where a bundler or its server has lost it, the
 *   message has the line to add.
 */
export function init(config: Config): Promise<Auth>;

/** As {@link init}, but always a new instance, which never becomes the page's default. Give each its own `namespace`. */
export function createAuth(config: Config): Promise<Auth>;

/**
 * {@link Auth.signIn} of the default instance. This and the two functions below wait for an `init` that is under way;
 * before any `init` they reject with `not_initialized`.
 */
export function signIn(options?: SignInOptions): Promise<SignInResult>;
/** {@link Auth.signOut} of the default instance. */
export function signOut(options?: SignOutOptions): Promise<void>;
/** {@link Auth.getAccessToken} of the default instance. */
export function getAccessToken(options?: TokenOptions): Promise<string>;

/**
 * An instance: one configuration and its sessions. Its functions need no `this`: `const { getAccessToken } = auth` works.
 * Whatever they reject with is an {@link AuthError}.
 */
export interface Auth {
  /**
   * Who is signed in now. A frozen object that stays the same object until something in it changes, as
   * `useSyncExternalStore(auth.subscribe, () => auth.state)` expects. After `close()` it stays as it was.
   */
  readonly state: AuthState;
  /** The outcome of the sign-in that this page was loaded to complete; null if it was loaded for something else. */
  readonly redirectResult: RedirectResult | null;

  /**
   * Sends the user to the provider (authorization code flow with PKCE). With the mode "redirect" the page is left, so the
   * promise stays pending; it rejects if the provider cannot be reached or `signal` is aborted before that. With "popup"
   * the window opens before this returns, so call it in the handler of a click; with "popup" and "silent" the promise
   * brings the result. The mode "extension" is for `keyward/extension`; elsewhere it rejects with `unsupported`.
   */
  signIn(options?: SignInOptions): Promise<SignInResult>;
  /**
   * Forgets the session here and in every other tab, revokes its tokens, then leaves the page for the provider's own
   * logout where there is one. The user is signed out here whatever the provider does.
   */
  signOut(options?: SignOutOptions): Promise<void>;
  /**
   * An access token that is valid at this moment. Usually it is at hand; if it is about to expire, or another tab has a
   * newer one, it is renewed or taken over first, once for all callers in all tabs. An expired token is never returned.
   *
   * Rejects with `login_required` without a session, `reauth_required` when the provider has ended it, or
   * `no_refresh_token` when there is nothing to renew it with; `error.retryable` tells what may pass by itself.
   */
  getAccessToken(options?: TokenOptions): Promise<string>;
  /**
   * What the provider's UserInfo endpoint says about the user now. Its `sub` is compared with the session's, and a signed
   * response is verified as an ID token is. The object is the caller's own: `session.claims` stays as it was verified, and
   * claims that only name where they could be had (`_claim_sources`) are not fetched. Asks the provider at each call.
   *
   * Rejects with `unsupported` if the provider has no such endpoint or the session is without OpenID Connect,
   * `subject_mismatch` if the answer is about somebody else, `userinfo_failed` if it is a refusal or cannot be believed, and
   * as {@link Auth.getAccessToken} does. A token that the provider refuses (HTTP 401) is renewed once.
   */
  getUserInfo(options?: AccountSelector): Promise<Record<string, unknown>>;
  /**
   * `fetch` with the access token for requests to the origins in `allowedOrigins`, and plain `fetch` for all others.
   *
   * On 401 the token is renewed and the request repeated, once, unless its body is a stream; the second refusal is yours.
   * 403 is yours at once. A redirect to another origin is followed without the token. Rejects with an AuthError only:
   * `step_up_required` for a challenge of RFC 9470 (`error.stepUp` says what the API asks for), `network` and `aborted`
   * where `fetch` itself rejects (`error.cause`), `invalid_argument` for a request that cannot be made, and as
   * `getAccessToken` does. `init.auth` says which token.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit & { auth?: TokenOptions }): Promise<Response>;
  /**
   * The header fields with which `fetch` would send one request with this method (default GET) to this URL: for
   * XMLHttpRequest, axios, gRPC-Web. Ask anew for every request. Rejects with `invalid_argument` for an origin that is not in
   * `allowedOrigins`.
   */
  getAuthHeaders(request: { url: string | URL; method?: string }, options?: TokenOptions): Promise<Record<string, string>>;
  /**
   * Completes a sign-in from `url`, by default the page's own: for `handleRedirect: false`, or a router that comes
   * first. Null if the URL is not the response to a sign-in of this instance, which leaves it untouched. Repeating it with
   * one URL gives one outcome; the code is sent once.
   */
  handleRedirect(url?: string): Promise<RedirectResult | null>;

  /** Calls the listener with every new state until the function that it returns is called. */
  subscribe(listener: (state: AuthState) => void): () => void;
  /**
   * Calls the listener with every event of a kind until the function that it returns is called. What a listener throws
   * is reported as an uncaught exception and disturbs nothing else.
   */
  on<E extends keyof AuthEvents>(type: E, listener: (event: AuthEvents[E]) => void): () => void;

  /** Ends timers, listeners and channels, and leaves the stored sessions alone. Later calls reject with `closed`. */
  close(): void;
  /** The same as `close()`, for `using`; there where the engine knows `Symbol.dispose`. */
  [Symbol.dispose](): void;
}

/** A single provider, whose members stand beside the common ones (its id is "default"), or several by id. */
export type Config = CommonConfig & (ProviderConfig | { providers: Record<string, ProviderConfig> });

export interface CommonConfig {
  /**
   * "backend": a backend of the app's own is the client and holds the tokens; the page has a cookie that no script can read. What says
   * who this client is (`issuer`, `clientId`, ...) is then the backend's and not read here. `getAccessToken` and `getAuthHeaders` reject
   * with `unsupported`, and `signIn` has the mode "redirect" only. docs/backend.md
   */
  mode?: "backend";
  /** With `mode: "backend"`: where it answers, on the page's own origin. Default "/auth". */
  backend?: string;
  /**
   * Where sessions are kept.
   * - "local" (default): in IndexedDB, with a view (no refresh token) in localStorage so that the next page starts at once.
   * - "encrypted": in IndexedDB only, each record encrypted (AES-GCM) under a key that no script can export.
   * - "session": in sessionStorage, until the tab is closed. A tab that is duplicated begins signed out.
   * - "memory": until the page is left.
   * - an object of your own: see {@link StorageAdapter}.
   */
  storage?: "local" | "session" | "memory" | "encrypted" | StorageAdapter;
  /**
   * The origins to which {@link Auth.fetch} and {@link Auth.getAuthHeaders} may send tokens, each exactly as in
   * "https://api.example.com"; http only on loopback. Default: none.
   */
  allowedOrigins?: string[];
  /**
   * Where the WebAssembly module comes from, for bundlers and CDNs that want to say so, and when it is loaded: "idle"
   * (default) after the page's `load`, when the browser has nothing better to do, unless something needs it before; "now"
   * at once. `init` resolves before it is there where what was left for the page is enough to begin with.
   */
  wasm?: { source?: string | URL | Response | BufferSource | WebAssembly.Module; load?: "idle" | "now" };
  /** Whether `init` completes a sign-in that the page's URL is the response to. Default true. */
  handleRedirect?: boolean;
  /**
   * Whether the address is replaced, after a finished redirect sign-in, by where the sign-in began (`returnTo`): before `init`
   * resolves, so that a router which starts after it begins there. Default true; false for a callback page of its own, whose
   * address stays. A failed sign-in never leads to another page.
   */
  restoreUrl?: boolean;
  /** Whether tokens are renewed in the background, before they expire. Default true. */
  autoRefresh?: boolean;
  /** How long before its expiry a token is renewed. Default: 60 s or a tenth of its lifetime, whichever is less, jittered. */
  refreshLeadSeconds?: number;
  /** By how much this machine's clock and the provider's may differ. Default 60, at most 300. */
  clockToleranceSeconds?: number;
  /**
   * Where the client runs: in the page (default), or in a SharedWorker, one for all tabs ("worker"; a Worker of the tab's own
   * where there is no SharedWorker that can keep keys). The page then holds no refresh token, key or code verifier, and
   * sessions are encrypted in IndexedDB.
   */
  isolation?: "page" | "worker";
  /**
   * Whether the page may see access tokens. Default true. false, with `isolation: "worker"`: `fetch` is done by the worker, and
   * `getAccessToken` and `getAuthHeaders` reject with `unsupported`.
   */
  exposeAccessToken?: boolean;
  /** How long one request to the provider may take. Default 10 000. */
  requestTimeout?: number;
  /** Keeps instances apart that share an origin: part of every storage key. Default "keyward". */
  namespace?: string;
  /**
   * Opens authorization and logout URLs instead of leaving the page: a system browser in Capacitor, Tauri, Electron. The answer comes
   * in through `handleRedirect(url)`, and `signIn` is kept with its result. If it throws or rejects, `signIn` rejects "unsupported".
   */
  openUrl?: (url: string) => void | Promise<void>;
  /** Is called with what happens inside, for diagnosis; "console" writes it there, a line each. No entry ever has a token, a code or a verifier in it. */
  logger?: ((entry: LogEntry) => void) | "console";
}

export interface ProviderConfig {
  /** The provider's issuer identifier, from which its metadata is discovered. Needed unless `metadata` is complete. */
  issuer?: string;
  /** The id of your registration as a public client. A client secret has no place in a browser and is refused. */
  clientId: string;
  /** Where the provider sends the user back to, as registered there. Default: the document's
   * `<base href>` where there is one, else the origin and "/": one address to register, whatever route the user signs in from. */
  redirectUri?: string;
  /** Where the provider sends the user after signing out, as registered there. The same kinds of addresses as `redirectUri`. */
  postLogoutRedirectUri?: string;
  /** Scope values, separated by spaces. Default "openid". */
  scope?: string;
  /** The APIs that tokens will be asked for (RFC 8707). The session's own token is for the first. */
  resource?: string | string[];
  /**
   * Members that replace discovered ones. With both endpoints among them, nothing is discovered. Two are Keyward's own and
   * count only here: `id_token_issuer`, what `iss` of an ID token may be instead of the issuer (`{tenantid}` in it stands
   * for the token's `tid`), and `id_token_other_audiences: true`, which trusts whoever else a token is for if `azp` names
   * this client. Presets of `keyward/providers` set them where a provider needs them.
   */
  metadata?: Partial<ServerMetadata>;
  /** Further parameters of the authorization request, such as `audience`. Those of the protocol itself are refused. */
  authorizationParams?: Record<string, string>;
  /** Further parameters of every token request. Those of the protocol itself are refused. */
  tokenParams?: Record<string, string>;
  /**
   * Tokens bound to a key of this browser that no script can read (RFC 9449), ES256. true: tokens that are not bound are
   * refused with `dpop_required`. "auto": where the metadata advertises it. Default false.
   */
  dpop?: boolean | "auto";
  /**
   * Pushed authorization requests (RFC 9126). true: always, and a provider without an endpoint for them is `invalid_config`.
   * "auto" (default): where the metadata requires them.
   */
  par?: boolean | "auto";
  /**
   * What vouches for an ID token: its signature, checked with the provider's keys (default), or the TLS connection to the
   * token endpoint that it came over (OpenID Connect Core section 3.1.3.7, item 6).
   */
  idTokenVerification?: "signature" | "tls";
}

/** The provider's metadata, by the names that OpenID Connect Discovery and RFC 8414 give its members. */
export interface ServerMetadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
  userinfo_endpoint: string;
  end_session_endpoint: string;
  revocation_endpoint: string;
  pushed_authorization_request_endpoint: string;
  [member: string]: unknown;
}

/**
 * A storage of your own, such as an extension's `chrome.storage.local`. Values are opaque text and hold refresh tokens:
 * keep them where only this app reads them. Answer promptly, as other tabs may be waiting. A method that throws or
 * rejects means that the storage cannot be used.
 */
export interface StorageAdapter {
  get(key: string): Promise<string | null> | string | null;
  set(key: string, value: string): Promise<void> | void;
  remove(key: string): Promise<void> | void;
  /** All keys that begin with the prefix. */
  keys(prefix: string): Promise<string[]> | string[];
  /** Reports keys that other contexts changed, until the function that it returns is called. */
  watch?(prefix: string, onChange: (key: string) => void): () => void;
}

/** Which session is meant, where there may be several. */
export interface AccountSelector {
  /** The provider's id. Default: that of the active session. */
  provider?: string;
  /** The user's `sub` at that provider. Default: whoever signed in there last. */
  subject?: string;
}

/**
 * `status` says where the active session stands, the one that was signed in to last, and narrows `session`. `sessions` has all
 * of them, at most one for each user of each provider, the active one first.
 */
export type AuthState =
  | { readonly status: "signed_out"; readonly session: null; readonly sessions: readonly Session[] }
  | { readonly status: "signed_in" | "reauth_required"; readonly session: Session; readonly sessions: readonly Session[] };

/** One user's session at one provider. Frozen; its tokens are not in it. */
export interface Session {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string;
  /** What the ID token says, after all checks; null if the provider does not speak OpenID Connect. */
  readonly claims: Readonly<IdTokenClaims> | null;
  /** The scope values that were granted, which may be fewer than were asked for. */
  readonly scope: readonly string[];
  /** The granted `authorization_details` (RFC 9396); null if the provider says nothing of them. More than the contract asks for, so optional in the types. */
  readonly authorizationDetails?: readonly unknown[] | null;
  /** When the access token expires, by this machine's clock; null if the provider does not say. */
  readonly expiresAt: number | null;
  /** "reauth_required": the provider renews nothing any more, and the user has to sign in again. */
  readonly status: "active" | "reauth_required";
  /** The cause of "reauth_required", until the next sign-in. */
  readonly error: AuthError | null;
}

/** The claims of OpenID Connect Core, and whatever else the provider adds. */
export interface IdTokenClaims {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  auth_time?: number;
  nonce?: string;
  acr?: string;
  amr?: string[];
  azp?: string;
  sid?: string;
  name?: string;
  given_name?: string;
  family_name?: string;
  nickname?: string;
  preferred_username?: string;
  picture?: string;
  email?: string;
  email_verified?: boolean;
  locale?: string;
  zoneinfo?: string;
  updated_at?: number;
  [claim: string]: unknown;
}

export interface SignInOptions {
  /** The provider's id. Default: the first one in the config. */
  provider?: string;
  /**
   * Where the user meets the provider. "redirect" (default): this page is left, and returned to; the promise stays pending, and
   * rejects with `aborted` if the user comes back by the back button. "popup": a window beside
   * it. "silent": a hidden frame with `prompt=none`, which needs no user and fails with `login_required` or
   * `interaction_required` where one is needed. "extension" is for `keyward/extension`.
   */
  mode?: "redirect" | "popup" | "silent" | "extension";
  /** What to show after the sign-in: a URL or path of this origin. Default: where the user is now. */
  returnTo?: string;
  /** Anything that JSON can hold. It waits in this browser's storage and comes back in the result as `JSON.parse(JSON.stringify(...))`; `undefined` comes back as null, and a function, a symbol, a bigint or a cycle rejects with `invalid_argument`. */
  appState?: unknown;
  /** Instead of the provider's configured scope. */
  scope?: string;
  /** Instead of the provider's configured resource. */
  resource?: string | string[];
  /** For example "login" or "select_account". */
  prompt?: string;
  /** Whom the provider should suggest, such as an e-mail address. */
  loginHint?: string;
  /** The user must have authenticated no longer ago than this. */
  maxAgeSeconds?: number;
  /**
   * Authentication context classes, in order of preference, separated by spaces: a wish. A class that the ID token must
   * have is asked for with `params: { claims: '{"id_token":{"acr":{"essential":true,"values":["..."]}}}' }`, and checked.
   */
  acrValues?: string;
  /** Languages for the provider's pages, in order of preference, separated by spaces. */
  uiLocales?: string;
  /** Rich authorization requests (RFC 9396), sent as the text that `JSON.stringify` makes of them. */
  authorizationDetails?: unknown[];
  /** Further parameters of this request. Those of the protocol itself are refused. */
  params?: Record<string, string>;
  /** Aborting it rejects the promise with `aborted`, and the page stays. */
  signal?: AbortSignal;
  /** How long a popup or silent sign-in may take. Default: a popup has no bound, a silent one 10 000. */
  timeout?: number;
}

export interface SignInResult {
  readonly session: Session;
  /** What `signIn` was given; null if nothing. */
  readonly appState: unknown;
  /** What to show now; null if the sign-in did not begin in a page. */
  readonly returnTo: string | null;
}

/** What became of a sign-in: it has either a result or an error, and null in the other's place. */
export interface RedirectResult {
  readonly result: SignInResult | null;
  readonly error: AuthError | null;
}

export interface SignOutOptions extends AccountSelector {
  /**
   * All sessions of this instance, and everything else that it stored. Default false. Another client id on the same origin keeps
   * what it has, also in the same namespace.
   */
  all?: boolean;
  /** "redirect" (default) visits the provider's logout page, where there is one; "local" stays here. */
  mode?: "redirect" | "local";
  /** Whether the tokens are revoked (RFC 7009), as far as the provider lets us. Default true. */
  revoke?: boolean;
  /** Instead of the provider's configured one. */
  postLogoutRedirectUri?: string;
  /** Further parameters of the logout request. */
  params?: Record<string, string>;
}

export interface TokenOptions extends AccountSelector {
  /**
   * A token for this API (RFC 8707), from the same grant. Default: the first of those asked for at sign-in. Each is got when
   * it is first asked for, kept until it expires, and never mixed up with another.
   */
  resource?: string;
  /** A token with these of the granted scope values, separated by spaces. Default: all of them. */
  scope?: string;
  /** For how long the token must still be valid. Default 30. */
  minValiditySeconds?: number;
  /** Get a new token even if the present one is fresh. Default false. */
  forceRefresh?: boolean;
  /** Aborting it rejects this caller's promise with `aborted`; a renewal that others wait for goes on. */
  signal?: AbortSignal;
}

/**
 * What {@link Auth.on} tells of. An event comes once per change in every tab, after the change is stored; `origin` says
 * whether this tab made it.
 */
export interface AuthEvents {
  /** Somebody signed in, for the first time or again. */
  signedIn: { session: Session; origin: "local" | "other_context" };
  /** A session is gone: the app signed out, here or elsewhere, or the browser's storage was emptied. */
  signedOut: { provider: string; subject: string; reason: "user" | "other_context" | "storage_cleared"; origin: "local" | "other_context" };
  /** There is a new access token. */
  tokenRefreshed: { session: Session; origin: "local" | "other_context" };
  /** A renewal failed for now. The next attempt is due at `retryAt`; null if there will be none by itself. */
  refreshFailed: { session: Session; error: AuthError; retryAt: number | null };
  /** The provider has ended the session: ask the user to sign in again. */
  reauthRequired: { session: Session; error: AuthError };
  /** A sign-in failed, before or after the user was at the provider. */
  signInFailed: { provider: string; error: AuthError };
  /** The storage is blocked or full, so sessions will not outlive this page. */
  storageDegraded: { error: AuthError };
}

/** One thing that happened, for diagnosis. Entries hold no token, code or verifier. */
export interface LogEntry {
  readonly time: number;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Why a call was refused or failed. Decide by `code`; the message is for developers and may change. */
export class AuthError extends Error {
  /** For tests and mocks: Keyward makes its errors itself. */
  constructor(
    message?: string,
    options?: {
      cause?: unknown;
      code?: AuthErrorCode;
      retryable?: boolean;
      provider?: string | null;
      oauth?: AuthError["oauth"];
      stepUp?: AuthError["stepUp"];
    },
  );
  readonly name: "AuthError";
  readonly code: AuthErrorCode;
  /** Whether the same call may succeed later, without the user doing anything. */
  readonly retryable: boolean;
  /** The id of the provider that is concerned. */
  readonly provider: string | null;
  /** What the provider answered, as plain text of limited length: nothing in it is meant to be executed or trusted. */
  readonly oauth: { error: string; errorDescription: string | null; errorUri: string | null; status: number | null } | null;
  /** With `step_up_required`: the authentication that the API asks for (RFC 9470). */
  readonly stepUp: { acrValues: string | null; maxAgeSeconds: number | null; scope: string | null } | null;
}

export type AuthErrorCode =
  // the app's call or config
  | "not_initialized"
  | "invalid_config"
  | "invalid_argument"
  | "unknown_provider"
  /** The instance was closed, or an internal error ended it. */
  | "closed"
  | "aborted"
  // no session that a token could come from
  /** Nobody is signed in with that account. */
  | "login_required"
  /** The provider ended the session, or renews it no more. */
  | "reauth_required"
  /** The token expired, and the provider gave nothing to renew it with. */
  | "no_refresh_token"
  | "step_up_required"
  // signing in
  | "popup_blocked"
  | "popup_closed"
  | "interaction_required"
  | "access_denied"
  /** Any other error that the provider sent the user back with. */
  | "authorization_failed"
  /** The response belongs to no sign-in that is pending here, or came too late. */
  | "invalid_state"
  | "issuer_mismatch"
  | "invalid_response"
  | "invalid_id_token"
  | "subject_mismatch"
  | "dpop_required"
  // the provider and the way to it
  | "discovery_failed"
  | "invalid_metadata"
  | "network"
  | "timeout"
  | "temporarily_unavailable"
  | "token_endpoint"
  | "userinfo_failed"
  // where this runs
  | "storage"
  | "key_lost"
  | "crypto_unavailable"
  | "wasm_blocked"
  | "unsupported";
