// Where, at which provider, what is set that a page needs. For the doctor.

const PROVIDERS = [
  {
    name: "Keycloak",
    isIt: ({ pathname }) => pathname.includes("/realms/"),
    client: "Clients > your client > Settings > Capability config: Client authentication off, Standard flow on",
    redirect: "Clients > your client > Settings > Valid redirect URIs",
    logout: "Clients > your client > Settings > Valid post logout redirect URIs",
    cors: 'Clients > your client > Settings > Web origins (or "+", for those of the redirect URIs)',
  },
  {
    name: "Auth0",
    isIt: ({ hostname }) => hostname.endsWith(".auth0.com"),
    client: "Applications > your application > Settings: Application Type is Single Page Application",
    redirect: "Applications > your application > Settings > Allowed Callback URLs",
    logout: "Applications > your application > Settings > Allowed Logout URLs",
    cors: "Applications > your application > Settings > Allowed Origins (CORS)",
    refresh: "Applications > your application > Settings > Refresh Token Rotation; and Allow Offline Access at the API",
  },
  {
    name: "Microsoft Entra ID",
    isIt: ({ hostname }) => hostname === "login.microsoftonline.com" || hostname.endsWith(".ciamlogin.com"),
    client: "App registrations > your app > Authentication: the platform is Single-page application, not Web",
    redirect: "App registrations > your app > Authentication > Single-page application > Redirect URIs",
    logout: "App registrations > your app > Authentication > Redirect URIs",
    cors: "App registrations > your app > Authentication: the redirect URI's platform is Single-page application",
  },
  {
    name: "Okta",
    isIt: ({ hostname }) => /\.okta(preview|-emea)?\.com$/.test(hostname),
    client: "Applications > your app > General > Client authentication: None; the type is Single-Page Application",
    redirect: "Applications > your app > General > Sign-in redirect URIs",
    logout: "Applications > your app > General > Sign-out redirect URIs",
    cors: "Security > API > Trusted Origins, with CORS",
    refresh: "Applications > your app > General > Grant type: Refresh Token",
  },
  {
    name: "Amazon Cognito",
    isIt: ({ hostname }) => hostname.startsWith("cognito-idp."),
    client: "User pool > App clients: one without a client secret",
    redirect: "User pool > App clients > Login pages > Allowed callback URLs",
    logout: "User pool > App clients > Login pages > Allowed sign-out URLs",
  },
  {
    name: "Google",
    isIt: ({ hostname }) => hostname === "accounts.google.com",
    client: "Google's token endpoint demands a secret of web clients: see docs/providers.md for what that takes",
    redirect: "Google Cloud > APIs & Services > Credentials > your client > Authorized redirect URIs",
    cors: "Google Cloud > APIs & Services > Credentials > your client > Authorized JavaScript origins",
  },
  {
    name: "Zitadel",
    isIt: ({ hostname }) => hostname.endsWith(".zitadel.cloud"),
    client: "Projects > your app: type User Agent, authentication method PKCE (None)",
    redirect: "Projects > your app > Redirect Settings > Redirect URIs",
    logout: "Projects > your app > Redirect Settings > Post Logout URIs",
    refresh: "Projects > your app > Token Settings: Refresh Token",
  },
  {
    name: "GitLab",
    isIt: ({ hostname }) => hostname === "gitlab.com",
    client: "Applications > your application: Confidential is off",
    redirect: "Applications > your application > Redirect URI",
  },
];

const ANYWHERE = {
  name: "the provider",
  client: "the client's registration: a public client (token endpoint authentication: none), with authorization code and PKCE",
  redirect: "the client's redirect URIs",
  logout: "the client's post-logout redirect URIs",
  cors: "the client's (or the server's) allowed origins for CORS",
  refresh: "the client's grant types: refresh_token",
};

/** `{ name, client, redirect, logout, cors, refresh }`: the places. */
export function placesAt(issuer) {
  let url;
  try {
    url = new URL(issuer);
  } catch {
    return ANYWHERE;
  }
  return { ...ANYWHERE, ...PROVIDERS.find(({ isIt }) => isIt(url)) };
}
