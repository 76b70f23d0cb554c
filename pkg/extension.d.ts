// Types of "keyward/extension": the background of a browser extension (Manifest V3).

import type { Auth, CommonConfig, ProviderConfig } from "./index.js";

export type * from "./index.js";
export { AuthError } from "./index.js";

/** What an extension has beside what every client has. */
export interface ExtensionOptions {
  /**
   * Where the refresh token lives. "session" (default): in `storage.session`, until the browser is closed or the extension is
   * reloaded or updated. "local": in `storage.local`, on the disk, so that people stay signed in. Access tokens are in
   * `storage.session` either way. Both areas are closed to content scripts (access level TRUSTED_CONTEXTS).
   */
  refreshToken?: "session" | "local";
  /** Paths of the extension's pages that are served. Default: all of its own. */
  pages?: string[];
  /**
   * Origins of the pages in which content scripts are served. They get `fetch`, made in the background to `allowedOrigins`
   * without cookies; an access token only where this says so; never a refresh token, the state or the events. Default: none.
   */
  contentScripts?: (string | { origin: string; accessToken?: boolean })[];
  /** Bound of a sign-in in a window, in milliseconds. Default 300 000. */
  signInTimeout?: number;
}

/**
 * As `Config`, without what an extension's background has no use for: its storage, its way to the provider and its place are given.
 * `redirectUri` defaults to the address that the browser gives the extension (`redirectUri()`). One of the extension's own pages,
 * or a page of yours, has the sign-in happen in a tab: where the browser has no identity API.
 */
export type ExtensionConfig = Omit<CommonConfig, "storage" | "openUrl" | "isolation" | "handleRedirect" | "restoreUrl"> & {
  extension?: ExtensionOptions;
} & (ProviderConfig | { providers: Record<string, ProviderConfig> });

/**
 * To be called in the first step of the background script: the browser starts it anew for each event after it was idle, and
 * looks which listeners there are then. The instance restores what is stored; its `signIn` has the modes "extension" (default)
 * and "silent", and `signOut` leads to the provider only where `postLogoutRedirectUri` lets it come back.
 *
 * Rejects "invalid_config" where the manifest lacks a permission or the redirect URI is another extension's, "wasm_blocked" where
 * its policy lacks 'wasm-unsafe-eval', "unsupported" where the browser has no `storage.session`. The pages are told the same.
 */
export function init(config: ExtensionConfig): Promise<Auth>;

/** The address that the browser gives this extension, to be registered at the provider; null where there is no identity API. */
export function redirectUri(): string | null;
