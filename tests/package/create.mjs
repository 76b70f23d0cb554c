// Runs in a project that installed create-keyward from its tarball: four apps are written, whole, and nothing is overwritten.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const run = (...words) =>
  new Promise((resolve) => execFile("node_modules/.bin/create-keyward", words, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr })));
const issuer = "https://id.example.com/realms/a";
const given = ["--issuer", issuer, "--client-id", 'a "client"'];

for (const template of ["react", "vue", "svelte", "vanilla"]) {
  const folder = `My ${template} App`;
  const { code, stdout, stderr } = await run(folder, "--template", template, ...given);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /http:\/\/localhost:5173\//);
  const text = (file) => readFile(join(folder, file), "utf8");
  const manifest = JSON.parse(await text("package.json"));
  assert.equal(manifest.name, `my-${template}-app`);
  assert.match(manifest.scripts.doctor, /^keyward doctor https:\/\/id\.example\.com\/realms\/a --client-id "a client" /);
  const { config } = await import(join(process.cwd(), folder, "src/config.js"));
  assert.deepEqual(config, { issuer, clientId: 'a "client"', scope: "openid profile" });
  await access(join(folder, ".gitignore"));
  const [, script] = /src="\/(src\/[^"]+)"/.exec(await text("index.html"));
  await access(join(folder, script));
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const { parentPath, path, name } of files) {
    assert.doesNotMatch(await readFile(join(parentPath ?? path, name), "utf8"), /__[A-Z_]+__/, name);
  }
  const again = await run(folder, "--template", template, ...given);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there already/);
}
for (const [words, said] of [
  [[], /folder, template, issuer, clientId: missing/],
  [["x", "--template", "cobol", ...given], /one of react/],
  [["x", "--template", "react", "--issuer", "http://id.example.com", "--client-id", "a"], /an https URL/],
  [["x", "--colour"], /Usage/],
]) {
  const { code, stderr } = await run(...words);
  assert.equal(code, 1);
  assert.match(stderr, said);
}
assert.match((await run("--help")).stdout, /--template NAME/);
