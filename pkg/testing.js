// What tests of apps need, in a page: a provider that is not there, and the contract of a storage. In Node, testing/node.js
// stands here.

import { createAuth, init } from "keyward";

import { FakeProvider } from "./testing/provider.js";

export { contractTable, storageContract, testStorage } from "./testing/contract.js";

/** A provider for this page's requests, from now until its `close`. */
export const fakeProvider = (options) => FakeProvider.start(options, { createAuth, init });
