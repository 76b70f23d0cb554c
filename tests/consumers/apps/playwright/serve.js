import { staticServer } from "./static.mjs";

await staticServer(".", process.env.APP_PORT, "/");
