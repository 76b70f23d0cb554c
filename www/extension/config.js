// Who signs the user in, and which API the token is for: here the local ones of `cargo xtask demo`.

export const config = {
  issuer: "http://localhost:4400",
  clientId: "keyward-extension",
  scope: "openid profile email offline_access",
  allowedOrigins: ["http://localhost:4401"],
  extension: { refreshToken: "local" },
};

export const API = "http://localhost:4401/api/me";
