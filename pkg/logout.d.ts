// Types of "keyward/logout": the front-channel logout page.

import type { Auth } from "./index.js";

/**
 * For the page that is registered as `frontchannel_logout_uri` (OpenID Connect Front-Channel Logout 1.0), with
 * `frontchannel_logout_session_required`: signs out of the sessions that `iss` and `sid` in its address name, and
 * says which. An address without both, or with one of them twice, signs nobody out.
 *
 * ```js
 * await frontChannelLogout(await init({ ...config, handleRedirect: false }));
 * ```
 */
export function frontChannelLogout(auth: Pick<Auth, "state" | "signOut">, url?: string | URL): Promise<{ provider: string; subject: string }[]>;
