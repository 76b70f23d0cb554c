// The provider's HTML: plain forms that work without a script, one stylesheet, a strict policy.

import { createHash } from "node:crypto";

import { EXTENSION_TARGETS } from "./extension-client.mjs";

/** Confirms the logout form as the person's click would. */
export const SUBMIT_AT_ONCE = `document.querySelector("button[name=logout]").click();`;

export function loginPage({ app, scopes, loginHint }) {
  return page("Sign in", `
    <h1>Sign in</h1>
    <p>to continue to <strong>${escape(app)}</strong></p>
    <form method="post">
      <label for="login">Your name</label>
      <input id="login" name="login" type="text" value="${escape(loginHint ?? "")}" placeholder="Ada Lovelace"
        maxlength="80" autocomplete="username" autocapitalize="words" spellcheck="false" required autofocus
        aria-describedby="hint">
      <p id="hint" class="hint">Any name works, and there is no password: this provider runs on your own machine.</p>
      ${sharedData(app, scopes)}
      <button type="submit">Sign in</button>
      <button name="cancel" value="yes" formnovalidate class="quiet">Cancel</button>
    </form>`);
}

export function consentPage({ app, scopes, name }) {
  return page("Allow access", `
    <h1>Hello, ${escape(name)}</h1>
    <p><strong>${escape(app)}</strong> asks for your permission.</p>
    <form method="post">
      ${sharedData(app, scopes)}
      <button type="submit" autofocus>Allow</button>
      <button name="cancel" value="yes" class="quiet">Cancel</button>
    </form>`);
}

export function logoutPage({ app, form, asks }) {
  const consequence = `This ends your session here${app ? ` and in <strong>${escape(app)}</strong>` : ""}.`;
  return page("Sign out", `
    <h1>${asks ? "Sign out?" : "Signing you out"}</h1>
    <p>${asks ? consequence : "One moment."}</p>
    ${form}
    <div class="buttons">
      <button type="submit" form="op.logoutForm" name="logout" value="yes" ${asks ? "autofocus" : ""}>Sign out</button>
      ${asks ? `<button form="op.logoutForm" class="quiet">Stay signed in</button>` : ""}
    </div>
    ${asks ? "" : `<script>${SUBMIT_AT_ONCE}</script>`}`);
}

export function expiredPage({ appOrigins }) {
  return page("Sign-in expired", `
    <h1>This sign-in has expired</h1>
    <p>It was finished already, or it waited for too long. Start again in the app.</p>
    ${appOrigins.slice(0, 1).map((origin) => `<p><a href="${escape(origin)}/">Back to the app</a></p>`).join("")}`);
}

/** Koa middleware: whose pages these are. */
export const branded = (brand) => (context, next) => {
  context.brand = brand;
  return next();
};

/** oidc-provider's `renderError`: errors that cannot be sent back to an app. */
export function errorPage(context, { error, error_description: description }) {
  sendPage(context, page("Something is wrong", `
    <h1>This request cannot be answered</h1>
    <p>${escape(description ?? "The provider gave no further reason.")}</p>
    <p class="hint"><code>${escape(error)}</code></p>`), { status: context.status });
}

/** `page` is what the functions above make; the brand is that of the provider which answers. */
export function sendPage(context, page, { status = 200, formTargets = [], scripts = [] } = {}) {
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  context.status = status;
  context.type = "html";
  context.body = html(page, context.brand);
  context.set("Cache-Control", "no-store");
  context.set("Content-Security-Policy", [
    "default-src 'none'",
    "style-src 'self'",
    "img-src data:",
    `script-src ${hashes.join(" ") || "'none'"}`,
    // Chromium applies form-action to the redirect that leads back to the app as well.
    `form-action ${["'self'", ...formTargets, ...(formTargets.length ? EXTENSION_TARGETS : [])].join(" ")}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "));
}

function sharedData(app, scopes) {
  const shared = ["an identifier for you"];
  if (scopes.has("profile")) shared.push("your name");
  if (scopes.has("email")) shared.push("an e-mail address");
  return `<p class="hint">${escape(app)} will see ${list(shared)}.</p>`;
}

function list(items) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function page(title, content) {
  return { title, content };
}

function html({ title, content }, { id, name }) {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} · ${escape(name)}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/pages.css">
</head>
<body data-brand="${escape(id)}">
  <main>
    <p class="brand">${escape(name)}</p>
    ${content}
  </main>
</body>
</html>`;
}

function escape(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}
