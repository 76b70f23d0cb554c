// Types of "keyward/playwright": see docs/testing.md.

import type { Page, TestType, PlaywrightTestArgs, PlaywrightTestOptions, PlaywrightWorkerArgs, PlaywrightWorkerOptions } from "@playwright/test";

import type { Config } from "./index.js";
import type { FakeProvider, FakeProviderOptions, FakeUser } from "./testing.js";

export { expect } from "@playwright/test";

/** Of the provider that is not there; or, with `state` and `signIn`, of a real one. */
export interface KeywardOptions extends FakeProviderOptions {
  /** A file for what the browser has stored; each worker has its own, with its number in the name. */
  state?: string;
  /** Signs in at a real provider, beginning in an empty page: where this worker has no such file, or a test has failed. */
  signIn?: (page: Page) => Promise<void>;
}

/** The provider of one test, in its process. Time passes in the page: `page.clock`. */
export type ProviderOfPages = Omit<FakeProvider, "advance" | "expire" | "init" | "createAuth" | "signedIn" | "signIn" | "goOffline" | "settled">;

export interface KeywardFixtures {
  keyward: KeywardOptions;
  provider: ProviderOfPages;
  /** Leaves the store of that user and that config behind, as a sign-in would, before a page of the app is opened. */
  signIn: (user?: FakeUser, config?: Config) => Promise<void>;
}

export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & KeywardFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
>;
