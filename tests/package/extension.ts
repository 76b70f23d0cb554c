// `keyward/extension` in strict TypeScript. Lines marked as errors must be errors.

import type { Auth, Session } from "keyward";
import { AuthError, init, redirectUri } from "keyward/extension";
import type { ExtensionConfig } from "keyward/extension";
import { connect } from "keyward/extension/page";
import type { AuthState } from "keyward/extension/page";

const config: ExtensionConfig = {
  issuer: "https://id.example",
  clientId: "app",
  allowedOrigins: ["https://api.example"],
  extension: { refreshToken: "local", pages: ["popup.html"], contentScripts: ["https://app.example", { origin: "https://b.example", accessToken: true }] },
};
export const background: Promise<Auth> = init(config);
export const page: Promise<Auth> = connect({ namespace: "keyward" });
export const given: string | null = redirectUri();
export const state = async (): Promise<AuthState> => (await page).state;
export const sessions = async (): Promise<readonly Session[]> => (await page).state.sessions;
export const isOurs = (error: unknown): boolean => error instanceof AuthError;
// @ts-expect-error: the storage is given.
init({ ...config, storage: "local" });
// @ts-expect-error: there is no such place.
init({ issuer: "https://id.example", clientId: "app", extension: { refreshToken: "disk" } });
