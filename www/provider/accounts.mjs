// Whoever types a name has an account: the subject follows from the name alone, so the same name is the same
// person after a restart of the provider, too.

import { createHash } from "node:crypto";

const MAX_NAME_LENGTH = 80;

/** The name as it is shown, or null when nothing is left of it. */
export function cleanName(typed) {
  const name = String(typed ?? "").replace(/[\p{C}\s]+/gu, " ").trim();
  return name === "" ? null : [...name].slice(0, MAX_NAME_LENGTH).join("").trim();
}

export class Accounts {
  #names = new Map();
  /** Claims that somebody has changed since. */
  #changes = new Map();

  /** Returns the account's subject, and remembers how its owner wrote the name. */
  signIn(name) {
    const subject = subjectOf(name);
    this.#names.set(subject, name);
    return subject;
  }

  nameOf(subject) {
    return this.#names.get(subject) ?? subject;
  }

  change(subject, claims) {
    this.#changes.set(subject, claims);
  }

  /** The claims of OpenID Connect Core section 5.1 which the scopes profile and email stand for. */
  claimsOf(subject) {
    const name = this.nameOf(subject);
    const [givenName, ...familyNames] = name.split(" ");
    return {
      sub: subject,
      name,
      given_name: givenName,
      family_name: familyNames.join(" ") || undefined,
      preferred_username: subject,
      email: isEmail(name) ? name : `${subject}@example.com`,
      email_verified: true,
      ...this.#changes.get(subject),
    };
  }
}

function subjectOf(name) {
  const lower = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const slug = lower.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  // Letters which a slug cannot carry (Cyrillic, Han, ...) would make different people one.
  const isWhole = slug !== "" && !/[^\p{ASCII}]/u.test(lower);
  if (isWhole) return slug;
  const digest = createHash("sha256").update(lower).digest("hex").slice(0, 10);
  return slug ? `${slug}-${digest}` : digest;
}

function isEmail(name) {
  return /^[^\s@]+@[^\s@]+$/.test(name);
}
