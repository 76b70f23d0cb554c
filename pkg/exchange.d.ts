// Types of "keyward/exchange": token exchange (RFC 8693).

import type { AccountSelector, Auth } from "./index.js";

export interface ExchangeOptions extends AccountSelector {
  /** Who the token is for, by name. */
  audience?: string | string[];
  /** Who the token is for, by address. */
  resource?: string | string[];
  scope?: string;
  /** A token type of RFC 8693 section 3. Default: the provider's choice. */
  requestedTokenType?: string;
  /** On whose behalf (delegation), and of what type it is; default an access token. */
  actorToken?: string;
  actorTokenType?: string;
  /** Default: as the issuer's metadata says. */
  tokenEndpoint?: string;
  /** Further parameters. Those of the protocol itself are refused. */
  params?: Record<string, string>;
}

export interface ExchangedToken {
  readonly token: string;
  readonly issuedTokenType: string;
  /** "Bearer", or "N_A" for what is no access token. */
  readonly tokenType: string;
  readonly expiresAt: number | null;
  /** Null if it is what was asked for. */
  readonly scope: readonly string[] | null;
}

/**
 * For the session's access token, another one. Asks the provider at each call, stores nothing, and changes nothing of the session; the
 * provider has to allow public clients to do this. Rejects with `token_endpoint` for a refusal, and as `getAccessToken` does.
 */
export function exchangeToken(auth: Pick<Auth, "state" | "getAccessToken">, options?: ExchangeOptions): Promise<ExchangedToken>;
