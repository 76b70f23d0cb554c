// What is known about ten providers, as configurations to start from. Plain data: nothing is loaded and nothing runs.
// `src/providers.rs` says the same in Rust; `tests/package/presets.json` holds the two equal. The sources are in
// docs/providers.md.

import { AuthError } from "./errors.js";

const STANDARD = "openid profile email";
const OFFLINE = `${STANDARD} offline_access`;

export const google = preset(
  ["client_secret_required", "keys_not_readable", "other_issuer", "no_logout", "opaque_access_token"],
  ({ tokenEndpoint, ...settings }) => {
    required(
      "google",
      { tokenEndpoint },
      "Google refuses token requests without a client secret, which a page cannot keep. Let a server of your own add it" +
        " and pass the form on to https://oauth2.googleapis.com/token, and give its address",
    );
    return configured(settings, {
      issuer: "https://accounts.google.com",
      scope: STANDARD,
      metadata: { token_endpoint: tokenEndpoint, id_token_issuer: "accounts.google.com" },
      authorizationParams: { access_type: "offline", prompt: "consent" },
      idTokenVerification: "tls",
    });
  },
);

export const discord = preset(
  ["registration", "keys_not_readable", "no_logout", "opaque_access_token"],
  (settings) =>
    configured(settings, {
      issuer: "https://discord.com",
      scope: "openid identify",
      metadata: {
        issuer: "https://discord.com",
        authorization_endpoint: "https://discord.com/oauth2/authorize",
        token_endpoint: "https://discord.com/api/oauth2/token",
        revocation_endpoint: "https://discord.com/api/oauth2/token/revoke",
        userinfo_endpoint: "https://discord.com/api/oauth2/userinfo",
        jwks_uri: "https://discord.com/api/oauth2/keys",
      },
      idTokenVerification: "tls",
    }),
);

export const keycloak = preset(["registration", "revocation_ends_single_sign_on"], ({ url, realm, ...settings }) => {
  required("keycloak", { url, realm });
  return configured(settings, { issuer: `${withoutSlash(url)}/realms/${realm}`, scope: STANDARD });
});

export const auth0 = preset(
  ["registration", "refresh_token_setting", "opaque_access_token"],
  ({ domain, audience, ...settings }) => {
    host("auth0", domain);
    return configured(settings, {
      // The final slash is part of Auth0's issuer.
      issuer: `https://${domain}/`,
      scope: OFFLINE,
      ...(audience === undefined ? {} : { authorizationParams: { audience } }),
    });
  },
);

const PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad";

export const entra = preset(
  ["registration", "other_issuer", "any_tenant", "refresh_token_lifetime", "no_revocation", "opaque_access_token"],
  ({ tenant, ...settings }) => {
    required("entra", { tenant });
    const any = tenant === "common" || tenant === "organizations";
    const id = tenant === "consumers" ? PERSONAL_ACCOUNTS : tenant;
    if (!any && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
      throw wrong(
        "entra",
        "tenant",
        "must be common, organizations, consumers, or a tenant's id (a GUID in small letters):" +
          " the metadata found under a domain name has the id in its issuer",
      );
    }
    const issuer = `https://login.microsoftonline.com/${id}/v2.0`;
    const template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    return configured(settings, {
      issuer,
      scope: OFFLINE,
      // The template, which is no URL, is what the metadata has for an issuer.
      ...(any ? { metadata: { issuer, id_token_issuer: template } } : {}),
    });
  },
);

export const okta = preset(
  ["registration", "refresh_token_setting", "opaque_access_token"],
  ({ domain, authorizationServer, ...settings }) => {
    host("okta", domain);
    const path = authorizationServer === undefined ? "" : `/oauth2/${authorizationServer}`;
    return configured(settings, { issuer: `https://${domain}${path}`, scope: OFFLINE });
  },
);

export const cognito = preset(["registration", "own_logout"], ({ region, userPoolId, logout, ...settings }) => {
  required("cognito", { region, userPoolId });
  if (logout) {
    host("cognito", logout.domain, "logout.domain");
    required("cognito", { "logout.uri": logout.uri });
  }
  const endpoint = logout && `https://${logout.domain}/logout?${new URLSearchParams({ logout_uri: logout.uri })}`;
  return configured(settings, {
    issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    // Refresh tokens come unasked, and the scope offline_access is unknown here.
    scope: STANDARD,
    ...(endpoint ? { metadata: { end_session_endpoint: endpoint } } : {}),
  });
});

export const gitlab = preset(
  ["registration", "no_logout", "opaque_access_token"],
  ({ url = "https://gitlab.com", ...settings }) => configured(settings, { issuer: withoutSlash(url), scope: STANDARD }),
);

export const zitadel = preset(
  ["registration", "other_audiences", "refresh_token_setting", "opaque_access_token"],
  ({ domain, ...settings }) => {
    host("zitadel", domain);
    return configured(settings, {
      issuer: `https://${domain}`,
      scope: OFFLINE,
      // They name every app of the project, and the project.
      metadata: { id_token_other_audiences: true },
    });
  },
);

export const betterAuth = preset(["registration"], ({ url, ...settings }) => {
  required("betterAuth", { url });
  return configured(settings, { issuer: withoutSlash(url), scope: OFFLINE });
});

/** A function of what only the app knows, with its limitations beside it. */
function preset(limitations, configure) {
  return Object.assign((settings) => configure({ ...settings }), { limitations: Object.freeze(limitations) });
}

/** What the app sets wins; of `metadata` and the parameters, member by member. */
function configured(settings, known) {
  if (typeof settings.clientId !== "string" || settings.clientId === "") throw missing("the preset", "clientId");
  const config = { ...known, ...settings };
  for (const member of ["metadata", "authorizationParams", "tokenParams"]) {
    if (known[member] && settings[member]) config[member] = { ...known[member], ...settings[member] };
  }
  return config;
}

function required(name, members, why) {
  for (const [member, value] of Object.entries(members)) {
    if (typeof value !== "string" || value === "") throw missing(name, member, why);
  }
}

function host(name, value, member = "domain") {
  required(name, { [member]: value });
  if (/[/?#@]/.test(value)) throw wrong(name, member, "must be a host name alone, without https:// and a path");
}

const missing = (name, member, why) => wrong(name, member, why ? `is needed: ${why}` : "is needed, and must be a string");

function wrong(name, member, what) {
  return new AuthError(`${member}: ${what} (keyward/providers, ${name})`, { code: "invalid_config" });
}

const withoutSlash = (url) => url.replace(/\/$/, "");
