import { authGuard, createAuth, useAuth } from "keyward/vue";
import { createApp, h, ref, watchEffect } from "vue";
import { createRouter, createWebHistory, RouterLink, RouterView } from "vue-router";

import { api, config, seen } from "./common.js";

function shown() {
  const auth = useAuth();
  window.auth = auth;
  const text = ref("");
  watchEffect(() => {
    const [status, user, instance, error] = [auth.status, auth.user, auth.auth, auth.error].map(({ value }) => value);
    text.value = seen({ status, user, auth: instance, error });
  });
  return { auth, text };
}

const Home = {
  setup() {
    const { text } = shown();
    return () => h("main", [h("h1", { id: "who" }, text.value), h(RouterLink, { id: "to-private", to: "/private/?tab=2#part" }, () => "private")]);
  },
};

const Private = {
  setup() {
    const { auth, text } = shown();
    const [token, answer, failure] = [ref("waits"), ref(""), ref("")];
    auth.getAccessToken().then(() => (token.value = "has a token"), () => {});
    const call = async () => (answer.value = (await auth.fetch(`${api}/echo`)).status);
    const again = () => auth.signIn().catch(({ code }) => (failure.value = ` ${code}`));
    return () =>
      auth.isSignedIn.value
        ? h("main", [
            h("h1", { id: "who" }, text.value),
            h("p", { id: "token" }, token.value),
            h("button", { id: "call", onClick: call }, "Call the API"),
            h("p", { id: "answer" }, answer.value),
            h("button", { id: "sign-out", onClick: () => auth.signOut() }, "Sign out"),
          ])
        : h("section", [h("p", { id: "guard" }, auth.status.value + failure.value), h("button", { id: "again", onClick: again }, "Sign in again")]);
  },
};

const auth = createAuth(config());
await auth.ready();
const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", component: Home },
    { path: "/private/", component: Private, beforeEnter: authGuard(auth) },
  ],
});
createApp({ render: () => h(RouterView) }).use(auth).use(router).mount("#root");
