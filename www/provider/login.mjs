// The pages on which a person signs in: one field, where any name works. Login and consent are one step.

import { readFile } from "node:fs/promises";

import { cleanName } from "./accounts.mjs";
import { consentPage, expiredPage, loginPage, sendPage } from "./pages.mjs";

const MAX_FORM_BYTES = 4096;
const INTERACTION_PATH = /^\/login\/[\w-]+$/;

/** Koa middleware that answers /login/<interaction> and the pages' stylesheet. */
export function loginPages({ provider, accounts, appOrigins }) {
  async function showForm(context, { params, prompt, session }) {
    const client = await provider.Client.find(params.client_id);
    const request = { app: client.clientName, scopes: new Set(params.scope?.split(" ")) };
    const page =
      prompt.name === "login"
        ? loginPage({ ...request, loginHint: params.login_hint })
        : consentPage({ ...request, name: accounts.nameOf(session.accountId) });
    sendPage(context, page, { formTargets: appOrigins });
  }

  async function acceptForm(context, { prompt }) {
    const form = await readForm(context.req);
    const result = decide(form, prompt);
    if (result === null) return context.redirect(context.path);
    context.redirect(await provider.interactionResult(context.req, context.res, result));
    context.status = 303;
  }

  function decide(form, prompt) {
    if (form.has("cancel")) return { error: "access_denied", error_description: "The sign-in was cancelled." };
    if (prompt.name !== "login") return { consent: {} };
    const name = cleanName(form.get("login"));
    return name && { login: { accountId: accounts.signIn(name), amr: ["name"], remember: true }, consent: {} };
  }

  return async (context, next) => {
    if (context.path === "/pages.css" && context.method === "GET") {
      context.type = "css";
      context.body = await readFile(new URL("pages.css", import.meta.url));
      return;
    }
    if (!INTERACTION_PATH.test(context.path)) return next();

    const interaction = await findInteraction(provider, context);
    if (!interaction) return sendPage(context, expiredPage({ appOrigins }), { status: 400 });
    return context.method === "POST" ? acceptForm(context, interaction) : showForm(context, interaction);
  };
}

async function findInteraction(provider, context) {
  try {
    return await provider.interactionDetails(context.req, context.res);
  } catch (error) {
    if (error.name === "SessionNotFound") return null;
    throw error;
  }
}

async function readForm(request) {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MAX_FORM_BYTES) return new URLSearchParams();
  }
  return new URLSearchParams(body);
}
