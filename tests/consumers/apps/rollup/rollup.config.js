import resolve from "@rollup/plugin-node-resolve";
import keyward from "keyward/rollup";

export default { input: "main.js", output: { dir: "dist" }, plugins: [resolve({ browser: true }), keyward()] };
