#!/usr/bin/env node
// Writes the document that is an app's client id (Client ID Metadata Document): npx keyward-client-metadata --help

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const HELP = `Writes the document that an app's client id is the address of (OAuth Client ID Metadata Document).

  npx keyward-client-metadata --id https://app.example.com/client.json --name "My app" \\
      --redirect https://app.example.com/ [--redirect ...] [--home https://app.example.com/] [--out public/client.json]

Serve it at the address given by --id, as application/json and without a redirect, and give that address as "clientId".`;

/** The document; throws an Error that says what is wrong. */
export function clientMetadata({ id, name, redirect = [], home }) {
  const url = address(id, "--id");
  // draft-ietf-oauth-client-id-metadata-document section 3.
  if (url.protocol !== "https:") throw new Error("--id: must be an https address");
  if (url.pathname === "/" || /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(id.slice(id.indexOf("//") + 2).replace(/[?#].*/s, ""))) {
    throw new Error("--id: needs a path, without dots as its parts");
  }
  if (url.hash || url.username || url.password) throw new Error("--id: must have no fragment and nobody's name");
  if (!name) throw new Error("--name: is what users are shown, and needed");
  if (redirect.length === 0) throw new Error("--redirect: at least one is needed");
  for (const each of redirect) if (address(each, "--redirect").hash) throw new Error("--redirect: must have no fragment");
  return {
    client_id: id,
    client_name: name,
    ...(home && { client_uri: address(home, "--home").href }),
    redirect_uris: redirect,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "web",
  };
}

function address(text, option) {
  try {
    return new URL(text);
  } catch {
    throw new Error(`${option}: is no address`);
  }
}

async function run() {
  const options = { id: { type: "string" }, name: { type: "string" }, home: { type: "string" }, out: { type: "string" } };
  const { values } = parseArgs({ options: { ...options, redirect: { type: "string", multiple: true }, help: { type: "boolean" } } });
  if (values.help || !values.id) return console.log(HELP);
  const text = `${JSON.stringify(clientMetadata(values), null, 2)}\n`;
  if (values.out) await writeFile(values.out, text);
  else process.stdout.write(text);
}

if (process.argv[1] && /client-metadata(\.js)?$/.test(process.argv[1])) {
  run().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
