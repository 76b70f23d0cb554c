// A module worker that continues a session which the page stored.

import * as keyward from "/pkg/index.js";
import { memoryAdapter } from "./adapters.js";
import { describe } from "./errors.js";

onmessage = async ({ data: { config, entries, foreign } }) => {
  try {
    const auth = await keyward.init({ ...config, storage: memoryAdapter(entries), autoRefresh: false });
    const stored = await keyward.getAccessToken();
    const answers = [];
    for (const url of foreign) answers.push((await auth.handleRedirect(url))?.error.code ?? null);
    const refreshed = await auth.getAccessToken({ forceRefresh: true });
    postMessage({ status: auth.state.status, subject: auth.state.session?.subject ?? null, stored, refreshed, answers });
  } catch (error) {
    postMessage({ error: describe(error) });
  }
};
