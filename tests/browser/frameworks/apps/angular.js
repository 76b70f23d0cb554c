// Angular without its build: components by hand, compiled in the page, without zone.js as new applications are.

import "@angular/compiler";

import { provideHttpClient, HttpClient, withInterceptors } from "@angular/common/http";
import { Component, computed, inject, provideZonelessChangeDetection, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { provideRouter, Router, RouterLink, RouterOutlet } from "@angular/router";
import { authGuard, authInterceptor, injectAuth, provideAuth } from "keyward/angular";
import { firstValueFrom } from "rxjs";

import { api, config, seen } from "./common.js";

class Home {
  auth = (window.auth = injectAuth());
  who = computed(() => seen(this.auth.snapshot()));
}
Component({
  selector: "app-home",
  imports: [RouterLink],
  template: `<h1 id="who">{{ who() }}</h1>
    <a id="to-private" routerLink="/private" [queryParams]="{ tab: 2 }" fragment="part">private</a>`,
})(Home);

class Private {
  auth = (window.auth = injectAuth());
  http = inject(HttpClient);
  who = computed(() => seen(this.auth.snapshot()));
  token = signal("waits");
  answer = signal("");
  failure = signal("");

  constructor() {
    this.auth.getAccessToken().then(() => this.token.set("has a token"), () => {});
  }

  async call() {
    const { status } = await firstValueFrom(this.http.get(`${api}/echo`, { observe: "response" }));
    this.answer.set(String(status));
  }

  again() {
    this.auth.signIn().catch(({ code }) => this.failure.set(` ${code}`));
  }
}
Component({
  selector: "app-private",
  template: `@if (auth.snapshot().isSignedIn) {
      <h1 id="who">{{ who() }}</h1>
      <p id="token">{{ token() }}</p>
      <button id="call" (click)="call()">Call the API</button>
      <p id="answer">{{ answer() }}</p>
      <button id="sign-out" (click)="auth.signOut()">Sign out</button>
    } @else {
      <p id="guard">{{ auth.snapshot().status }}{{ failure() }}</p>
      <button id="again" (click)="again()">Sign in again</button>
    }`,
})(Private);

class App {
  constructor() {
    window.router = inject(Router);
    window.http = inject(HttpClient);
  }
}
Component({ selector: "#root", imports: [RouterOutlet], template: "<router-outlet />" })(App);

await bootstrapApplication(App, {
  providers: [
    provideZonelessChangeDetection(),
    provideAuth(config()),
    provideRouter([
      { path: "", component: Home },
      { path: "private", component: Private, canActivate: [authGuard] },
    ]),
    provideHttpClient(withInterceptors([authInterceptor])),
  ],
});
