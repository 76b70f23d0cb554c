import { createAuth } from "keyward/vue";
import { createApp } from "vue";

import App from "./App.vue";
import { config } from "./config.js";

createApp(App).use(createAuth(config)).mount("#app");
