// Types of "keyward/extension/page": an extension's popup, options page, side panel or content script.

import type { Auth } from "./index.js";

export type * from "./index.js";
export { AuthError } from "./index.js";

export interface ConnectOptions {
  /** As in the background's config. Default "keyward". */
  namespace?: string;
}

/**
 * An `Auth` that asks the client in the background, with the same methods, state and events; ready when the background has
 * said who is signed in. Its calls wake a background that the browser has ended. What may be asked again is then; a sign-in or
 * sign-out that was under way rejects "network" (retryable).
 *
 * Rejects "not_initialized" where no background calls `init` of "keyward/extension", with the background's own error where that
 * could not start, and "unsupported" for whom it does not serve.
 */
export function connect(options?: ConnectOptions): Promise<Auth>;
