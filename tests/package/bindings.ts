// The bindings as apps use them, in strict TypeScript. Lines marked as errors must be errors.

import type { ApplicationConfig } from "@angular/core";
import { provideHttpClient, withInterceptors } from "@angular/common/http";
import { provideRouter } from "@angular/router";
import type { Config } from "keyward";
import * as angular from "keyward/angular";
import { init, wasm } from "keyward/inline";
import * as react from "keyward/react";
import * as solid from "keyward/solid";
import * as svelte from "keyward/svelte";
import * as vue from "keyward/vue";
import { createElement, type ReactNode } from "react";
import { createApp } from "vue";

const config: Config = { issuer: "https://id.example", clientId: "app", wasm };

export function Who(): ReactNode {
  const auth = react.useAuth();
  // The status narrows the session, and the instance.
  if (auth.status === "signed_in") return auth.session.subject + auth.auth.state.status;
  if (auth.isLoading) return "…";
  const { token, error } = react.useAccessToken({ scope: "read" });
  const known = react.useAuth({ suspense: true });
  // @ts-expect-error it suspends instead
  if (known.status === "loading") return null;
  return auth.user?.email ?? auth.error?.code ?? token ?? error?.message;
}

export const app = createElement(
  react.AuthProvider,
  { config, fallback: "…", onReturn: (path, { session }) => console.log(path.length, session.subject) },
  createElement(react.RequireAuth, {
    fallback: ({ status, error, signIn }) => createElement("button", { onClick: signIn }, status, error?.code),
    signIn: { prompt: "login" },
  }),
);
export const inTests = createElement(react.AuthProvider, { auth: init(config) });
// @ts-expect-error neither a config nor an instance
export const without = createElement(react.AuthProvider, {});

export async function loader({ request }: { request: Request }): Promise<string | undefined> {
  const session = await react.requireAuth(init(config), { returnTo: request.url });
  return session?.subject;
}

const plugin = vue.createAuth(config);
createApp({}).use(plugin);
export const route = { path: "/private", beforeEnter: vue.authGuard(plugin, { prompt: "login" }) };
export const inVue: string | undefined = vue.useAuth().session.value?.subject;

const store = svelte.createAuth(config);
export const stop: () => void = store.subscribe(({ status }) => console.log(status));
export const load = async ({ url }: { url: URL }) => ({ session: await svelte.requireAuth(store, { returnTo: url.href }) });

export const inSolid: string | undefined = solid.useAuth().session?.subject;
solid.RequireAuth({ fallback: ({ status }) => status, signIn: { maxAgeSeconds: 60 } });

export const application: ApplicationConfig = {
  providers: [
    angular.provideAuth(config),
    provideRouter([{ path: "private", canActivate: [angular.authGuard], children: [] }]),
    provideHttpClient(withInterceptors([angular.authInterceptor])),
  ],
};
export const inAngular = (): string | undefined => angular.injectAuth().snapshot().user?.name;
