// Runs in a project that installed the package: the presets give what presets.json says, as the crate's do, and tell an
// app at once what they cannot do without.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { AuthError } from "keyward";
import * as presets from "keyward/providers";

const OPTIONAL = ["audience", "authorizationServer", "logout"];
const expected = JSON.parse(await readFile(new URL("presets.json", import.meta.url), "utf8"));
assert.deepEqual(Object.keys(presets).sort(), Object.keys(expected).sort(), "every preset, and no other export");

for (const [name, { limitations, cases }] of Object.entries(expected)) {
  const preset = presets[name];
  assert.deepEqual(preset.limitations, limitations, `${name}: limitations`);
  assert.ok(Object.isFrozen(preset.limitations));
  for (const { settings, config } of cases) {
    assert.deepEqual(preset(settings), config, `${name}(${JSON.stringify(settings)})`);
    // What the app sets wins, and nothing of the preset's is changed by it.
    const own = { scope: "openid", redirectUri: "https://app.example/", metadata: { extra: 1 } };
    const changed = preset({ ...settings, ...own });
    assert.deepEqual(changed, { ...config, ...own, metadata: { ...config.metadata, extra: 1 } }, name);
    assert.deepEqual(preset(settings), config, `${name}, again`);

    for (const member of Object.keys(settings).filter((each) => !OPTIONAL.includes(each))) {
      const { [member]: _, ...without } = settings;
      if (name === "gitlab" && member === "url") continue;
      refuses(() => preset(without), member);
    }
  }
}

refuses(() => presets.google({ clientId: "app" }), "client secret");
refuses(() => presets.entra({ clientId: "app", tenant: "acme.onmicrosoft.com" }), "tenant");
refuses(() => presets.auth0({ clientId: "app", domain: "https://acme.auth0.com/" }), "domain");
refuses(() => presets.cognito({ ...expected.cognito.cases[1].settings, logout: { uri: "https://app.example" } }), "logout.domain");
refuses(() => presets.zitadel(), "domain");

function refuses(call, mention) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof AuthError, `an AuthError, not ${error}`);
    assert.equal(error.code, "invalid_config");
    assert.ok(error.message.includes(mention), error.message);
    return true;
  });
}
