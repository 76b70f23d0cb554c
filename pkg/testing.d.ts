// Types of "keyward/testing": the contract of a storage, for authors of storage adapters.

import type { StorageAdapter } from "./index.js";

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
