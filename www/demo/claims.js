// The ID token's claims as a table that a person can read.

const MEANINGS = {
  sub: "who you are, for this provider",
  name: "your name",
  given_name: "first name",
  family_name: "last name",
  preferred_username: "the name you like to be called by",
  email: "your e-mail address",
  email_verified: "whether the provider checked the address",
  picture: "your picture",
  iss: "the provider that says all this",
  aud: "the app that it is said to",
  azp: "the app that asked",
  iat: "when it was said",
  exp: "until when it counts",
  auth_time: "when you last signed in there",
  nonce: "ties it to this browser's request",
  sid: "the session at the provider",
  acr: "how strongly you were authenticated",
  amr: "by which means",
  at_hash: "ties it to the access token",
};
const INSTANTS = new Set(["iat", "exp", "nbf", "auth_time", "updated_at"]);

export function showClaims(claims) {
  const known = Object.keys(MEANINGS).filter((claim) => claims && claim in claims);
  const others = Object.keys(claims ?? {}).filter((claim) => !(claim in MEANINGS));
  const rows = [...known, ...others].map((claim) => rowOf(claim, claims[claim]));
  document.querySelector("#claims tbody").replaceChildren(...rows);
}

function rowOf(claim, value) {
  const row = document.createElement("tr");
  row.dataset.claim = claim;
  const heading = element("th", "");
  heading.scope = "row";
  heading.append(element("code", claim), " ", element("small", MEANINGS[claim] ?? ""));
  row.append(heading, element("td", textOf(claim, value)));
  return row;
}

function element(name, text) {
  const created = document.createElement(name);
  created.textContent = text;
  return created;
}

function textOf(claim, value) {
  if (INSTANTS.has(claim) && typeof value === "number") {
    return new Date(value * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}
