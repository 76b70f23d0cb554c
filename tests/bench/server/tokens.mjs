// Tokens as large as providers make them, signed with a key of this run.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const header = encoded({ alg: "RS256", typ: "JWT", kid: "bench" });

export const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "bench", use: "sig", alg: "RS256" }] };

export const random = () => randomBytes(24).toString("base64url");

/** A signed JWT. One that says the same is made once: thousands of refreshes a minute need no thousand signatures. */
export function signed(claims) {
  const content = `${header}.${encoded(claims)}`;
  if (!made.has(content)) {
    if (made.size > 100) made.clear();
    made.set(content, `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`);
  }
  return made.get(content);
}

const made = new Map();

/** Opaque to most; keycloak-js reads it as a JWT. */
export function unsigned(claims) {
  return `${header}.${encoded(claims)}.${random()}`;
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
