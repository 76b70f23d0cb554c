// The presets in strict TypeScript. Lines marked as errors must be errors.

import type { Config, ProviderConfig } from "keyward";
import { cognito, discord, entra, gitlab, google, keycloak } from "keyward/providers";
import type { Limitation } from "keyward/providers";

export const one: Config = keycloak({ url: "https://id.example", realm: "staff", clientId: "app", dpop: "auto" });
export const several: Config = {
  storage: "memory",
  providers: {
    work: entra({ tenant: "organizations", clientId: "app", redirectUri: "https://app.example/work" }),
    home: discord({ clientId: "app", redirectUri: "https://app.example/home" }),
    code: gitlab({ clientId: "app", scope: "openid read_user" }),
  },
};
export const pool: ProviderConfig = cognito({ region: "eu-central-1", userPoolId: "eu-central-1_x", clientId: "app" });

// @ts-expect-error Google does not serve a page without a server that adds the client secret.
google({ clientId: "app" });
google({ clientId: "app", tokenEndpoint: "https://app.example/google/token" });
// @ts-expect-error The preset knows the issuer.
discord({ clientId: "app", issuer: "https://discord.com" });
// @ts-expect-error A secret is nothing for a page.
discord({ clientId: "app", clientSecret: "s" });
// @ts-expect-error The realm is needed.
keycloak({ url: "https://id.example", clientId: "app" });

export const needsAServer: boolean = google.limitations.includes("client_secret_required");
export const known: readonly Limitation[] = discord.limitations;
