// Types of "keyward/testing": a provider for tests of apps, and the contract of a storage for authors of storage adapters.

import type { Auth, Config, ServerMetadata, StorageAdapter } from "./index.js";

/** A user as the provider knows it: the claims of the ID token and of UserInfo. */
export interface FakeUser {
  sub: string;
  [claim: string]: unknown;
}

export interface FakeProviderOptions {
  /** Default "https://id.test". No request leaves this machine, whatever it is. */
  issuer?: string;
  /** Default "app". */
  clientId?: string;
  /** Who signs in next. `null`: nobody, a sign-in ends as `access_denied`. Default: Ada Lovelace. */
  user?: FakeUser | null;
  /** In seconds. Default 300. */
  accessTokenLifetime?: number;
  /** In seconds. Default 3600. */
  idTokenLifetime?: number;
  /** "rotate" (default): each is good for once, and using one twice ends the grant. `true`: one for ever. `false`: none. */
  refreshTokens?: "rotate" | boolean;
  /** Those that are registered. Default: any is. */
  redirectUris?: string[];
  /** Members that win over the provider's own metadata; `undefined` removes one. */
  metadata?: Partial<ServerMetadata> | Record<string, unknown>;
  /** Added to every ID token. */
  claims?: Record<string, unknown>;
}

export type FakeEndpoint =
  | "metadata" | "jwks" | "authorization" | "par" | "token" | "userinfo" | "revocation" | "logout" | "unknown";

/**
 * "offline": nobody is reached. "silent": no answer ever comes. "unavailable": 503. "throttled": 429. "refused": `invalid_grant`.
 * "lost": the provider does what it was asked, and the answer gets lost. Or an answer of your own.
 */
export type Fault =
  | "offline" | "silent" | "unavailable" | "throttled" | "refused" | "lost"
  | Response
  | ((request: Request, answer: () => Promise<Response>) => Response | Promise<Response>);

export interface FaultOptions {
  /** Default: everywhere; of "refused" and "lost" the token endpoint. */
  at?: FakeEndpoint;
  /** How often. Default: until it is ended. */
  times?: number;
}

export interface ReceivedRequest {
  readonly endpoint: FakeEndpoint | "api";
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

/**
 * A strict OpenID provider for one public client, in this page or process. It answers `fetch` for its issuer; whatever
 * else is fetched goes its way. The client under test is the real one: PKCE, signatures, refreshes and all.
 */
export interface FakeProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** Issuer and client id. */
  readonly config: Config;
  /** Who signs in next. */
  user: FakeUser | null;
  accessTokenLifetime: number;
  refreshTokens: "rotate" | boolean;
  claims: Record<string, unknown>;
  /** Everything that was received, but what `signIn` and `signedIn` set off. */
  requests: ReceivedRequest[];

  /** From now on that user is signed in, in every client that begins: to be called before the app starts. */
  signIn(user?: FakeUser): void;
  /** `signIn`, and an instance. */
  signedIn(user?: FakeUser, config?: Config): Promise<Auth>;
  /**
   * As the package's own, but the page is never left: a sign-in is answered at once, in whatever mode. In Node the package's own
   * are these.
   */
  init(config?: Config): Promise<Auth>;
  createAuth(config?: Config): Promise<Auth>;

  /** So much later: what was due meanwhile, of the app too, has fired in order, and what that set off is done. */
  advance(milliseconds: number): Promise<void>;
  /** Past the end of every access token. */
  expire(): Promise<void>;
  /** The time, as everybody here sees it. */
  now(): number;

  /** The grants of that user, or of everybody, are over: the next refresh is answered `invalid_grant`, APIs answer 401. */
  revoke(subject?: string): void;
  /** APIs refuse the access tokens that are out. */
  forgetAccessTokens(): void;
  /** Another key signs from now on. */
  rotateKeys(): void;
  /** The next sign-in is refused at the provider. Default `access_denied`. */
  refuse(error?: string, description?: string): void;
  /** Until the returned function is called, or `recover`. The latest fault wins. */
  fail(fault: Fault, options?: FaultOptions): () => void;
  recover(): void;
  /** `navigator.onLine` is false, and nobody is reached. Returns what ends that. */
  goOffline(): () => void;

  /** An API whose addresses begin so: 401 without a token of this provider that is valid now. */
  api(
    url: string | URL,
    handler?: (request: Request, grant: { user: FakeUser; scope: string }) => Response | Promise<Response>,
  ): void;
  /** The answer to a request, for those who intercept it elsewhere; null if it is none of this provider's. */
  handle(request: Request): Promise<Response | null>;
  /** When nothing is on its way any more. */
  settled(): Promise<void>;

  /** Everything is as before, and every instance is closed. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * ```js
 * const provider = await fakeProvider({ issuer: "https://id.example.com", clientId: "app" });
 * provider.signIn({ sub: "ada", name: "Ada" });
 * // ... the app starts, and Ada is signed in
 * await provider.advance(60 * 60 * 1000);
 * provider.close();
 * ```
 */
export function fakeProvider(options?: FakeProviderOptions): Promise<FakeProvider>;

/** What a test of the contract is given. */
export interface ContractContext {
  /** Unlike any other test's. */
  readonly name: string;
  /** A new context over this test's store, or over another one of that name. */
  open(other?: string): Promise<StorageAdapter>;
}

export interface ContractTest {
  /** A sentence. */
  readonly name: string;
  /** `"shared"`: of storages that several contexts share. `"watch"`: of those among them that have `watch`. */
  readonly needs: null | "shared" | "watch";
  /** Rejects with what is wrong. */
  run(context: ContractContext): Promise<void>;
}

export interface ContractResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it failed, otherwise null. */
  readonly error: Error | null;
}

export interface ContractOptions {
  /** Whether two contexts that are opened with one name see the same. Default true. */
  shared?: boolean;
  /** Bound of one test, in milliseconds. Default 10 000. */
  timeout?: number;
}

/** Every test, for runners that like to run them one by one. */
export const storageContract: readonly ContractTest[];

/**
 * Runs the contract over a storage and says what came of each test. Never rejects.
 *
 * @param open returns a new context (as another tab would be) over the store of that name, which is empty at first.
 *
 * ```js
 * import { testStorage } from "keyward/testing";
 *
 * const results = await testStorage((name) => myAdapter(name));
 * const failed = results.filter(({ outcome }) => outcome === "failed");
 * ```
 */
export function testStorage(
  open: (name: string) => StorageAdapter | Promise<StorageAdapter>,
  options?: ContractOptions,
): Promise<ContractResult[]>;

/** The outcomes as text: a row for each test, a column for each storage. */
export function contractTable(resultsByStorage: Readonly<Record<string, readonly ContractResult[]>>): string;
