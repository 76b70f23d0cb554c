// The whole package in a bundle of esbuild's, which leaves the WebAssembly module behind. `?source=` says where it is.

import { init } from "keyward";

import { config } from "./common.js";

const source = new URLSearchParams(location.search).get("source");
const auth = await init({ ...config(), ...(source && { wasm: { source } }) });
auth.getAccessToken().catch(({ code, retryable, message }) => {
  document.querySelector("#root").textContent = JSON.stringify({ code, retryable, message });
});
