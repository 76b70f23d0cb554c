import { build } from "esbuild";
import keyward from "keyward/esbuild";

await build({ entryPoints: ["main.js"], bundle: true, format: "esm", splitting: true, outdir: "dist", plugins: [keyward()] });
