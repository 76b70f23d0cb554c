// A Manifest V3 service worker that continues a stored session: no window, no localStorage, no dynamic import.
// The test copies the package in beside it.

import { AuthError, getAccessToken, init } from "./pkg/index.js";

const area = chrome.storage.local;

const storage = {
  get: async (key) => (await area.get(key))[key] ?? null,
  set: (key, value) => area.set({ [key]: value }),
  remove: (key) => area.remove(key),
  keys: async (prefix) => Object.keys(await area.get()).filter((key) => key.startsWith(prefix)),
};

async function continueSession({ config, entries, foreign }) {
  await area.set(Object.fromEntries(entries));
  const auth = await init({ ...config, storage, autoRefresh: false });
  const stored = await getAccessToken();
  const answers = [];
  for (const url of foreign) answers.push((await auth.handleRedirect(url))?.error.code ?? null);
  const refreshed = await auth.getAccessToken({ forceRefresh: true });
  return { status: auth.state.status, subject: auth.state.session?.subject ?? null, stored, refreshed, answers };
}

function describe(error) {
  return { isAuthError: error instanceof AuthError, code: error?.code ?? null, message: String(error) };
}

chrome.runtime.onMessage.addListener((message, _sender, respond) => {
  continueSession(message).then(respond, (error) => respond({ error: describe(error) }));
  // The answer comes later.
  return true;
});
