// Runs in a project that installed the package. Importing it outside a browser throws nothing, and the functions
// reject with an error that says why.

import assert from "node:assert/strict";

import * as keyward from "keyward";

for (const name of ["init", "createAuth", "signIn", "signOut", "getAccessToken", "AuthError"]) {
  assert.equal(typeof keyward[name], "function", `${name} is exported`);
}
for (const call of [
  () => keyward.init({ issuer: "https://id.example", clientId: "app" }),
  () => keyward.createAuth({ issuer: "https://id.example", clientId: "app" }),
]) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof keyward.AuthError, `an AuthError, not ${error}`);
    assert.ok(error instanceof Error);
    assert.equal(error.name, "AuthError");
    assert.equal(error.code, "unsupported");
    return true;
  });
}
for (const call of [keyward.signIn, keyward.signOut, keyward.getAccessToken]) {
  await assert.rejects(call(), (error) => error instanceof keyward.AuthError);
}
