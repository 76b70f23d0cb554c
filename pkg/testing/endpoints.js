// The fake provider's endpoints: a strict OpenID provider for one public client, as requests and answers.

import { challengeOf } from "./grants.js";

const PATHS = {
  authorization: "/authorize",
  token: "/token",
  jwks: "/jwks",
  userinfo: "/userinfo",
  revocation: "/revoke",
  logout: "/logout",
  par: "/par",
};

const failure = (error, description, status = 400) => Response.json({ error, error_description: description }, { status });

export class Endpoints {
  #provider;
  #grants;
  #pushed = new Map();

  /** `provider`: issuer, clientId, user, claims, metadata, idTokenLifetime, isDpop, now. */
  constructor(provider, grants) {
    this.#provider = provider;
    this.#grants = grants;
  }

  get metadata() {
    const base = this.#provider.issuer.replace(/\/$/, "");
    return {
      issuer: this.#provider.issuer,
      authorization_endpoint: base + PATHS.authorization,
      token_endpoint: base + PATHS.token,
      jwks_uri: base + PATHS.jwks,
      userinfo_endpoint: base + PATHS.userinfo,
      revocation_endpoint: base + PATHS.revocation,
      end_session_endpoint: base + PATHS.logout,
      pushed_authorization_request_endpoint: base + PATHS.par,
      response_types_supported: ["code"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: ["ES256"],
      dpop_signing_alg_values_supported: ["ES256"],
      authorization_response_iss_parameter_supported: true,
      ...this.#provider.metadata,
    };
  }

  /** Which endpoint a URL is; null for another server's. */
  nameOf(url) {
    const { href, origin, pathname } = new URL(url);
    const issuer = new URL(this.#provider.issuer);
    if (origin !== issuer.origin) return null;
    if (pathname.includes("/.well-known/")) return "metadata";
    const at = href.replace(/[?#].*/s, "");
    const { metadata } = this;
    const named = { jwks: "jwks_uri", logout: "end_session_endpoint", par: "pushed_authorization_request_endpoint" };
    const memberOf = (name) => named[name] ?? `${name}_endpoint`;
    return Object.keys(PATHS).find((name) => metadata[memberOf(name)] === at) ?? "unknown";
  }

  async answer(name, request, body) {
    const url = new URL(request.url);
    const form = new URLSearchParams(body);
    switch (name) {
      case "metadata":
        return Response.json(this.metadata);
      case "jwks":
        return Response.json(await this.#grants.jwks());
      case "authorization":
        return leading(this.authorize(url));
      case "par":
        return this.#push(form);
      case "token":
        return this.#token(form, request.headers.get("DPoP") !== null);
      case "userinfo":
        return this.#userInfo(request);
      case "revocation":
        this.#grants.revoke(form.get("token"));
        return new Response(null, { status: 200 });
      case "logout":
        return leading(this.logOut(request.method === "POST" ? form : url.searchParams));
      default:
        return new Response("Not Found", { status: 404 });
    }
  }

  /** Where the user is led after the authorization request of that URL. Throws what a person would read at the provider. */
  authorize(url) {
    const pushed = url.searchParams.get("request_uri");
    const asked = (pushed && this.#pushed.get(pushed)) ?? url.searchParams;
    this.#pushed.delete(pushed);
    const get = (name) => asked.get(name);
    const { clientId, redirectUris, issuer, refusal } = this.#provider;
    const redirectUri = get("redirect_uri");
    if (get("client_id") !== clientId) throw new Error(`keyward/testing: no client "${get("client_id")}", only "${clientId}"`);
    if (!redirectUri || (redirectUris && !redirectUris.includes(redirectUri))) {
      throw new Error(`keyward/testing: the redirect URI ${redirectUri} is not registered`);
    }
    const respond = (members) => {
      const to = new URL(redirectUri);
      const all = { ...members, state: get("state"), iss: issuer };
      for (const [name, value] of Object.entries(all)) if (value != null) to.searchParams.append(name, value);
      return to.href;
    };
    if (get("response_type") !== "code" || get("code_challenge_method") !== "S256" || !get("code_challenge")) {
      return respond({ error: "invalid_request", error_description: "a code and PKCE with S256 are needed" });
    }
    const { user, isSignedIn } = this.#provider;
    if (refusal) return respond(this.#provider.refused());
    if (get("prompt") === "none" && !isSignedIn) return respond({ error: "login_required" });
    if (!user) return respond({ error: "access_denied", error_description: "nobody signs in here" });
    this.#provider.isSignedIn = true;
    const grant = {
      user,
      redirectUri,
      challenge: get("code_challenge"),
      nonce: get("nonce"),
      scope: get("scope") ?? "openid",
      time: Math.floor(this.#provider.now() / 1000),
      isOver: false,
    };
    return respond({ code: this.#grants.authorize(grant) });
  }

  /** Where the user is led after signing out, or null. */
  logOut(asked) {
    this.#provider.isSignedIn = false;
    const back = asked.get("post_logout_redirect_uri");
    if (!back) return null;
    const to = new URL(back);
    if (asked.get("state") !== null) to.searchParams.append("state", asked.get("state"));
    return to.href;
  }

  #push(form) {
    const uri = `urn:ietf:params:oauth:request_uri:${crypto.randomUUID()}`;
    this.#pushed.set(uri, form);
    return Response.json({ request_uri: uri, expires_in: 60 }, { status: 201 });
  }

  async #token(form, isBound) {
    if (form.get("client_id") !== this.#provider.clientId) return failure("invalid_client", "another client", 401);
    const type = isBound ? "DPoP" : "Bearer";
    if (form.get("grant_type") === "authorization_code") {
      const grant = this.#grants.redeem(form.get("code"));
      if (!grant) return failure("invalid_grant", "no such code, or it was used");
      if (grant.redirectUri !== form.get("redirect_uri")) return failure("invalid_grant", "another redirect_uri");
      if ((await challengeOf(form.get("code_verifier") ?? "")) !== grant.challenge) {
        return failure("invalid_grant", "another code_verifier");
      }
      return this.#tokens(grant, { first: true, type });
    }
    if (form.get("grant_type") !== "refresh_token") return failure("unsupported_grant_type", "a code or a refresh token is needed");
    const grant = this.#grants.renew(form.get("refresh_token"));
    if (!grant) return failure("invalid_grant", "the refresh token was revoked, used or never given");
    return this.#tokens(grant, { first: false, type, scope: form.get("scope") ?? grant.scope });
  }

  async #tokens(grant, options) {
    const tokens = this.#grants.issue(grant, options);
    if (grant.scope.split(" ").includes("openid")) {
      const { issuer, clientId, idTokenLifetime, now, claims } = this.#provider;
      const time = Math.floor(now() / 1000);
      tokens.id_token = await this.#grants.idToken({
        iss: issuer,
        aud: clientId,
        iat: time,
        exp: time + idTokenLifetime,
        auth_time: grant.time,
        ...(options.first && grant.nonce && { nonce: grant.nonce }),
        ...grant.user,
        ...claims,
      });
    }
    return Response.json(tokens, { headers: { "Cache-Control": "no-store" } });
  }

  #userInfo(request) {
    const entry = this.#grants.check(tokenOf(request));
    return entry ? Response.json({ ...entry.grant.user }) : refuse();
  }
}

export const tokenOf = (request) => /^(?:Bearer|DPoP) (.+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];

export const refuse = () =>
  new Response(null, { status: 401, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });

const leading = (to) => (to ? new Response(null, { status: 303, headers: { Location: to } }) : new Response("You are signed out."));
