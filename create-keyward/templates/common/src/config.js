// For init: see https://www.npmjs.com/package/keyward
export const config = {
  issuer: __ISSUER__,
  clientId: __CLIENT_ID__,
  scope: "openid profile",
};
