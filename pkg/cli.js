#!/usr/bin/env node
// `npx keyward doctor`: what stands between an app and its provider.

import { parseArgs } from "node:util";

import { examine } from "./doctor.js";

const USAGE = `Usage: keyward doctor ISSUER [options]

Looks at a provider as your app's page would meet it, and says what to change. Nobody signs in, and nothing is changed.

  --client-id ID                 the app's client
  --origin ORIGIN                where the app runs, such as http://localhost:5173
  --redirect-uri URI             default: the origin and "/"
  --post-logout-redirect-uri URI default: the redirect URI
  --scope SCOPE                  default: openid
  --timeout SECONDS              of one request; default 10
  --json                         the findings as JSON
`;

const MARKS = { ok: "ok      ", warning: "warning ", problem: "PROBLEM ", skipped: "skipped " };

function usage(message) {
  process.stderr.write(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function read() {
  const text = { type: "string" };
  const options = { "client-id": text, origin: text, "redirect-uri": text, "post-logout-redirect-uri": text, scope: text, timeout: text, json: { type: "boolean" }, help: { type: "boolean", short: "h" } };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return usage(error.message);
  }
}

const { values, positionals } = read();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const [command, issuer, ...rest] = positionals;
if (command !== "doctor") usage(command ? `no command "${command}"` : "a command is needed");
if (!issuer || rest.length) usage("one issuer is needed");
const seconds = Number(values.timeout ?? 10);
if (!(seconds > 0)) usage("--timeout: a number of seconds");

const report = await examine({
  issuer,
  clientId: values["client-id"],
  origin: values.origin,
  redirectUri: values["redirect-uri"],
  postLogoutRedirectUri: values["post-logout-redirect-uri"],
  scope: values.scope,
  timeout: seconds * 1000,
});

if (values.json) {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} else {
  for (const { check, verdict, message, fix } of report.findings) {
    process.stdout.write(`${MARKS[verdict]} ${check.padEnd(10)} ${message}\n`);
    if (fix && verdict !== "ok") process.stdout.write(`${" ".repeat(20)}-> ${fix}\n`);
  }
  const count = (verdict) => report.findings.filter((finding) => finding.verdict === verdict).length;
  process.stdout.write(`\n${report.ok ? "No problem found" : `${count("problem")} to mend`}, ${count("warning")} to know (${report.provider})\n`);
}
process.exitCode = report.ok ? 0 : 1;
