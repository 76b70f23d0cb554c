import { createAuth } from "keyward/vue";

export default defineNuxtPlugin(({ vueApp }) => {
  vueApp.use(createAuth({ issuer: "__ISSUER__", clientId: "keyward-demo", scope: "openid profile" }));
});
