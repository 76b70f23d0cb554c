// The local OpenID provider: the certified npm package oidc-provider, set up as a strict provider for browser apps.
// Public clients, PKCE, rotating refresh tokens with reuse detection, short-lived opaque access tokens.

import { generateKeyPairSync, randomBytes } from "node:crypto";
// The package's entry point does nothing else but complain about Node 20.
import * as errors from "oidc-provider/lib/helpers/errors.js";
import { Provider } from "oidc-provider/lib/provider.js";

import { Accounts } from "./accounts.mjs";
import { API_CLIENT_ID, createApiSecret, forgetApiSecret } from "./api-client.mjs";
import { EXTENSION } from "./extension-client.mjs";
import { listenOnLoopback } from "./listen.mjs";
import { loginPages } from "./login.mjs";
import { logoutByPost, logoutPage } from "./logout.mjs";
import { createMemoryAdapter } from "./memory-adapter.mjs";
import { branded, errorPage } from "./pages.mjs";

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

/** The two providers of the demo. */
export const BRANDS = { fern: { id: "fern", name: "Fern ID" }, tide: { id: "tide", name: "Tide ID" } };

/**
 * Starts the provider on a loopback port (0: any free one).
 *
 * - `appOrigins`: the apps' origins. The array is read at each request, so an app server that starts later
 *   (and learns its port then) may still be added.
 * - `accessTokenTtl`: seconds.
 * - `apis`: scopes by resource indicator (RFC 8707), read at each request. Access tokens for them are JWTs (RFC 9068), which
 *   an API verifies by itself.
 * - `details`: the `actions` that are granted, by type of authorization detail (RFC 9396); others are left out.
 * - `brand`: whose pages a person sees: `{ id, name }`.
 * - `refreshTokenGrace`: says for how many seconds a refresh token that was used already is accepted once more. Without
 *   that, using one twice ends the session.
 * - `middleware`: koa middleware put before everything else, to record or disturb requests.
 * - `adjust`: changes oidc-provider's configuration, for what only a test needs.
 */
export async function startProvider({
  port = 0,
  appOrigins = [],
  accessTokenTtl = 45,
  apis = {},
  details = {},
  refreshTokenGrace = () => 0,
  brand = BRANDS.fern,
  middleware = [],
  adjust = () => {},
} = {}) {
  // The issuer contains the port, so the socket comes first and the provider second.
  let handle = (_request, response) => response.writeHead(503).end();
  const listener = await listenOnLoopback((request, response) => handle(request, response), port);
  const issuer = `http://localhost:${listener.port}`;

  const accounts = new Accounts();
  const clients = createClients(appOrigins, createApiSecret(issuer), Object.keys(details));
  const settings = configuration({
    accounts,
    apis,
    details,
    appOrigins,
    accessTokenTtl,
    refreshTokenGrace,
    clients,
    port: listener.port,
  });
  adjust(settings);
  const provider = new Provider(issuer, settings);
  for (const each of middleware) provider.use(each);
  provider.use(logoutByPost);
  provider.use(branded(brand));
  provider.use(loginPages({ provider, accounts, appOrigins }));
  provider.on("end_session.success", revokeAtLogout);
  provider.on("server_error", (_context, error) => console.error("provider: %s", error.stack));
  handle = provider.callback();

  return {
    issuer,
    accounts,
    close: async () => {
      forgetApiSecret(issuer);
      await listener.close();
    },
  };
}

function configuration({ accounts, apis, details, appOrigins, accessTokenTtl, refreshTokenGrace, clients, port }) {
  return {
    adapter: createMemoryAdapter((clientId) => clients(clientId), refreshTokenGrace),
    jwks: {
      keys: [signingKey("RS256", "rsa", { modulusLength: 2048 }), signingKey("ES256", "ec", { namedCurve: "P-256" })],
    },
    cookies: {
      keys: [randomBytes(32).toString("base64url")],
      // Cookies are shared by all ports of a host: two providers on localhost must not overwrite each other's.
      names: { session: `op${port}_session`, interaction: `op${port}_interaction`, resume: `op${port}_resume` },
    },

    scopes: ["openid", "offline_access"],
    claims: {
      openid: ["sub"],
      profile: ["name", "given_name", "family_name", "preferred_username"],
      email: ["email", "email_verified"],
    },
    // Puts the claims of profile and email into the ID token too, where the demo shows them.
    conformIdTokenClaims: false,
    findAccount: (_context, subject) => ({ accountId: subject, claims: () => accounts.claimsOf(subject) }),
    extraTokenClaims: (_context, token) => (token.accountId ? { name: accounts.nameOf(token.accountId) } : undefined),

    responseTypes: ["code"],
    pkce: { required: () => true },
    loadExistingGrant: grantWhatIsAsked,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    // One person's tokens outlive another person's sign-in in the same browser; see `revokeAtLogout` for signing out.
    expiresWithSession: () => false,
    clientBasedCORS: (_context, origin, client) =>
      appOrigins.includes(origin) || (client.clientId === EXTENSION.id && EXTENSION.origins.test(origin)),
    clockTolerance: 0,
    ttl: {
      AccessToken: accessTokenTtl,
      AuthorizationCode: 60,
      IdToken: HOUR,
      RefreshToken: 14 * DAY,
      Interaction: HOUR,
      Session: 14 * DAY,
      Grant: 14 * DAY,
    },

    interactions: { url: (_context, interaction) => `/login/${interaction.uid}` },
    renderError: errorPage,
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: (_context, client) => client.clientId === API_CLIENT_ID },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: true, logoutSource: logoutPage(appOrigins) },
      // Nonces are demanded of whoever sends proofs (RFC 9449 section 8).
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      pushedAuthorizationRequests: { enabled: true },
      richAuthorizationRequests: authorizationDetails(details),
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => {
          if (!Object.hasOwn(apis, resource)) throw new errors.InvalidTarget();
          const jwt = { sign: { alg: "RS256" } };
          return { audience: resource, scope: apis[resource], accessTokenTTL: accessTokenTtl, accessTokenFormat: "jwt", jwt };
        },
      },
    },
  };
}

/** What is granted of the details that an app asks for. */
function authorizationDetails(granted) {
  const types = Object.keys(granted);
  const grant = ({ type, actions = [], ...rest }) => ({ type, ...rest, actions: actions.filter((action) => granted[type].includes(action)) });
  return {
    enabled: types.length > 0,
    types: Object.fromEntries(types.map((type) => [type, { validate: () => {} }])),
    authorizationDetailsForGrantSource: ({ oidc }) => {
      const asked = oidc.params.authorization_details;
      return asked && JSON.parse(asked).map(grant);
    },
    authorizationDetailsForAccessToken: (_context, _token, source) => source.rar,
    authorizationDetailsForIntrospection: (_context, token) => token.rar,
  };
}

/** The clients by id, for the origins of this moment. */
function createClients(appOrigins, apiSecret, detailTypes) {
  const publicClient = (clientId, name, path) => ({
    client_id: clientId,
    client_name: name,
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    require_auth_time: true,
    ...(detailTypes.length > 0 && { authorization_details_types: detailTypes }),
    // Popups and hidden frames come back to a page of their own.
    redirect_uris: appOrigins.flatMap((origin) => [origin + path, `${origin}/callback.html`]),
    post_logout_redirect_uris: appOrigins.map((origin) => origin + path),
  });
  const api = {
    client_id: API_CLIENT_ID,
    client_secret: apiSecret,
    grant_types: [],
    response_types: [],
    redirect_uris: [],
  };
  return (clientId) => {
    switch (clientId) {
      case "keyward-demo":
        return publicClient(clientId, "Keyward demo", "/");
      case "keyward-rust":
        return publicClient(clientId, "Keyward Rust demo", "/rust/");
      case "keyward-linked-accounts":
        return publicClient(clientId, "Linked accounts", "/");
      case EXTENSION.id:
        return {
          ...publicClient(clientId, "Keyward extension", "/"),
          application_type: "native",
          redirect_uris: EXTENSION.redirectUris,
          post_logout_redirect_uris: EXTENSION.redirectUris,
        };
      case "keyward-strict":
        return {
          ...publicClient(clientId, "Keyward, strictly", "/"),
          dpop_bound_access_tokens: true,
          require_pushed_authorization_requests: true,
        };
      case API_CLIENT_ID:
        return api;
      default:
        return undefined;
    }
  };
}

/** Consent is implied: whoever signs in here grants what the app asked for. */
async function grantWhatIsAsked({ oidc }) {
  const { account, client, provider, requestParamOIDCScopes, session } = oidc;
  const grantId = session.grantIdFor(client.clientId);
  const existing = grantId && (await provider.Grant.find(grantId));
  const grant = existing || new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  grant.addOIDCScope([...requestParamOIDCScopes].join(" "));
  for (const [resource, server] of Object.entries(oidc.resourceServers ?? {})) grant.addResourceScope(resource, server.scope);
  await grant.save();
  return grant;
}

/** Signing out ends all apps' tokens of that session. To oidc-provider a change of person is a logout too: not here. */
async function revokeAtLogout({ oidc }) {
  const { provider, session } = oidc;
  const changesPerson = session.state?.postLogoutRedirectUri?.startsWith(`${provider.issuer}/`);
  if (changesPerson || !session.destroyed) return;
  for (const { grantId } of Object.values(session.authorizations ?? {})) {
    if (!grantId) continue;
    for (const kind of ["AccessToken", "RefreshToken", "AuthorizationCode"]) {
      await provider[kind].revokeByGrantId(grantId);
    }
    await provider.Grant.adapter.destroy(grantId);
  }
}

function signingKey(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: `${alg}-${randomBytes(4).toString("hex")}` };
}
