// A page with the MCP SDK's client, for a scenario to drive: over Keyward, and over what the SDK has itself.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { AuthError } from "keyward";
import { mcpAuth } from "keyward/mcp";

window.problems = [];
addEventListener("error", ({ message }) => problems.push(message));
addEventListener("unhandledrejection", ({ reason }) => problems.push(String(reason)));
window.describe = (error) => ({ isAuthError: error instanceof AuthError, code: error?.code, message: String(error?.message ?? error) });

/** Why the user was asked to sign in. */
window.reasons = [];
const redirectUri = `${location.origin}/landing/callback.html`;

/** What an app shows: a button whose click opens the popup. */
function onSignIn({ reason, scope, signIn }) {
  reasons.push([reason, scope]);
  return new Promise((resolve, reject) => {
    const button = document.createElement("button");
    button.id = "sign-in";
    button.textContent = "sign in";
    button.onclick = () => {
      button.remove();
      signIn().then(resolve, reject);
    };
    document.body.append(button);
  });
}

window.provide = (server, options = {}) => {
  const asks = options.silent ? {} : { onSignIn };
  delete options.silent;
  window.provider = mcpAuth(null, server, { clientName: "Small app", redirectUri, ...asks, ...options });
  return provider.ready.then(() => provider.auth?.state.status ?? "unknown");
};

window.connect = async (server) => {
  const transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider, fetch: provider.fetch });
  window.client = new Client({ name: "small-app", version: "1" });
  await client.connect(transport);
  return (await client.listTools()).tools.map(({ name }) => name);
};

window.call = async (name) => (await client.callTool({ name, arguments: {} })).content[0].text;

/** Calls until the time is over, and says how many calls were answered and what the others met. */
window.callUntil = async (end, pause) => {
  const met = { answered: 0, failed: [] };
  while (Date.now() < end) {
    try {
      await call("whoami");
      met.answered += 1;
    } catch (error) {
      met.failed.push(String(error?.message ?? error));
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return met;
};

/** The SDK's own way, as its examples have it: everything in localStorage, which tabs share. */
window.connectAlone = async (server, code) => {
  const kept = (name) => ({
    get: () => JSON.parse(localStorage.getItem(`alone:${name}`) ?? "null") ?? undefined,
    set: (value) => localStorage.setItem(`alone:${name}`, JSON.stringify(value)),
  });
  const [client_, tokens, verifier] = ["client", "tokens", "verifier"].map(kept);
  const authProvider = {
    redirectUrl: `${location.origin}/`,
    clientMetadata: { client_name: "Alone", redirect_uris: [`${location.origin}/`], token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], scope: "mcp:read offline_access" },
    clientInformation: client_.get,
    saveClientInformation: client_.set,
    tokens: tokens.get,
    saveTokens: tokens.set,
    redirectToAuthorization: (url) => {
      window.redirected = (window.redirected ?? 0) + 1;
      if (window.leaves) location.href = url;
    },
    saveCodeVerifier: verifier.set,
    codeVerifier: verifier.get,
  };
  const transport = new StreamableHTTPClientTransport(new URL(server), { authProvider });
  if (code) await transport.finishAuth(code);
  window.client = new Client({ name: "alone", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(server), { authProvider }));
  return "connected";
};

document.documentElement.dataset.ready = "yes";
