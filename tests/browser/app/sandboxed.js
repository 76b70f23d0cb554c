// What a client in a sandboxed frame does, on the word of the page around it, which cannot look in.

import { EVENTS } from "/pkg/events.js";
import { createAuth } from "/pkg/index.js";
import { describe, watchErrors } from "./errors.js";

const problems = watchErrors();
let auth = null;

const throws = (work) => {
  try {
    return !work();
  } catch {
    return true;
  }
};

const code = (call) => call.then(() => null, (error) => describe(error).code);

const steps = {
  blocked: () => ({
    localStorage: throws(() => localStorage),
    sessionStorage: throws(() => sessionStorage),
    indexedDB: throws(() => indexedDB.open("any")),
  }),

  start: async (config) => {
    const events = [];
    const auth = await createAuth(config);
    for (const type of EVENTS) auth.on(type, () => events.push(type));
    const { state, redirectResult } = auth;
    const codes = {
      getAccessToken: await code(auth.getAccessToken()),
      signIn: await code(auth.signIn()),
      signOut: await code(auth.signOut()),
    };
    await new Promise((resolve) => setTimeout(resolve, 50));
    const seen = { state, redirectResult, codes, events, after: auth.state, problems };
    auth.close();
    return seen;
  },

  /** A window that goes nowhere: such a frame may open none, and could not hear of it. */
  begin: async (config) => {
    auth = await createAuth(config);
    const { promise, resolve } = Promise.withResolvers();
    window.open = () => ({ closed: false, close() {}, location: { replace: resolve } });
    auth.signIn({ mode: "popup" }).catch(() => {});
    fetch(await promise, { mode: "no-cors" }).catch(() => {});
  },

  finish: async (url) => {
    const { error } = await auth.handleRedirect(url);
    if (error) return { error: describe(error) };
    const token = await auth.getAccessToken();
    const same = (await auth.getAccessToken()) === token;
    const renewed = (await auth.getAccessToken({ forceRefresh: true })) !== token;
    const { subject } = auth.state.session;
    await auth.signOut({ all: true, mode: "local" });
    return { error: null, subject, same, renewed, after: auth.state.status, problems };
  },
};

addEventListener("message", async ({ data: { step, given }, source }) => {
  const answer = await Promise.resolve(steps[step](given)).catch((error) => ({ failed: describe(error) }));
  source.postMessage(JSON.parse(JSON.stringify(answer ?? null)), "*");
});
parent.postMessage("ready", "*");
