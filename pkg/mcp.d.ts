// Types of "keyward/mcp": sessions for MCP servers, for `@modelcontextprotocol/client` 2.x.

import type { Auth, RedirectResult, SignInOptions, SignInResult, SignOutOptions, CommonConfig } from "./index.js";

/** Why the user has to sign in at an MCP server's provider. */
export interface McpSignIn {
  readonly server: string;
  readonly issuer: string;
  /** What will be asked for. */
  readonly scope: string;
  /** "insufficient_scope": the server wants more than was granted. "refused": it takes no token of this session any more. */
  readonly reason: "signed_out" | "refused" | "insufficient_scope";
  /** In the handler of a click: opens the popup at once. With `{ mode: "redirect" }` it leaves the page. */
  signIn(options?: SignInOptions): Promise<SignInResult>;
}

export interface McpOptions {
  /**
   * Who this app is at the server's provider: an id that was registered there, or the https address of the app's metadata document
   * (Client ID Metadata Document; `npx keyward-client-metadata` writes one). Without it, and where the provider takes no
   * documents, the app is registered when it comes there first (RFC 7591).
   */
  clientId?: string;
  /** What users are shown where the app is registered. Default: the document's title. */
  clientName?: string;
  /** As in the config. */
  redirectUri?: string;
  /** Asked for besides what the server's challenge names. Default: what its metadata lists. */
  scope?: string;
  /** Which one, where the server names several providers. Default: its first. */
  issuer?: string;
  /**
   * Shows that a sign-in is needed, calls `signIn` in the handler of a click and resolves when that has; the request that needed it is
   * repeated then. Without it such requests reject with `login_required`.
   */
  onSignIn?: (request: McpSignIn) => Promise<unknown>;
  /** For every sign-in. Default `{ mode: "popup" }`. */
  signIn?: SignInOptions;
  /** For the instances that are made: storage, namespace, isolation, requestTimeout, wasm, logger. */
  config?: Omit<CommonConfig, "allowedOrigins">;
}

/** The `AuthProvider` of `@modelcontextprotocol/client` 2.x, and what an app needs beside it. */
export interface McpAuth {
  token(): Promise<string | undefined>;
  onUnauthorized(context: { response: Response; serverUrl: URL; fetchFn: unknown }): Promise<void>;
  /** The transport's `fetch`: a request that is refused for want of scope is repeated once the user has granted it. */
  fetch(input: string | URL, init?: RequestInit): Promise<Response>;
  /** The instance for this server, null until its provider is known: `state`, events. */
  readonly auth: Auth | null;
  /** When what is stored has been read; the result is that of a sign-in that this page is the way back from. */
  readonly ready: Promise<RedirectResult | null>;
  /** In the handler of a click. */
  signIn(options?: SignInOptions): Promise<SignInResult>;
  /** Default `{ mode: "local" }`: the tokens are revoked, the page stays. */
  signOut(options?: SignOutOptions): Promise<void>;
  /** Signs out and forgets the server, its provider and the registration there. */
  forget(): Promise<void>;
  /** Ends it in this page and leaves what is stored. */
  close(): void;
}

/**
 * Signs in to an MCP server, and keeps that session as any other one: renewed before it expires, once for all tabs.
 *
 * ```js
 * const provider = mcpAuth(null, "https://mcp.example.com/mcp", { onSignIn: (request) => askUser(request) });
 * const transport = new StreamableHTTPClientTransport(new URL("https://mcp.example.com/mcp"), { authProvider: provider, fetch: provider.fetch });
 * await new Client({ name: "app", version: "1" }).connect(transport);
 * ```
 *
 * @param auth the app's own instance, if it has one: where its session is at the server's provider and was granted for the server
 *   (`resource` in its config), that is used.
 */
export function mcpAuth(auth: Auth | null, serverUrl: string | URL, options?: McpOptions): McpAuth;
