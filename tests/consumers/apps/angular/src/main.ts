import { Component, effect, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { injectAuth, provideAuth } from "keyward/angular";

@Component({
  selector: "app-root",
  template: `
    <p id="status">{{ status() }}</p>
    <p id="token">{{ token() }}</p>
    <button id="sign-in" (click)="auth.signIn()">Sign in</button>
  `,
})
class App {
  readonly auth = injectAuth();
  readonly token = signal("");
  readonly status = () => {
    const { status, user, error } = this.auth.snapshot();
    return [status, user?.name, error?.message].filter(Boolean).join(" ");
  };

  constructor() {
    effect(() => {
      const { status, getAccessToken } = this.auth.snapshot();
      if (status === "signed_in") getAccessToken({ forceRefresh: true }).then(() => this.token.set("refreshed"));
    });
  }
}

const config = { issuer: "__ISSUER__", clientId: "keyward-demo", scope: "openid profile", wasm: { source: "/keyward_bg.wasm" } };
bootstrapApplication(App, { providers: [provideAuth(config)] });
