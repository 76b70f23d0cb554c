// Bundles the small app of every framework as its users would: node build.mjs FOLDER. The package itself stays as it
// is, below /pkg/, since esbuild would leave the WebAssembly module behind (one app shows that); its bindings are bundled with
// their framework.

import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join, parse, resolve as absolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";
import { compile } from "svelte/compiler";

const here = fileURLToPath(new URL(".", import.meta.url));
const pkg = fileURLToPath(new URL("../../../pkg/", import.meta.url));
const out = absolute(process.argv[2]);
await mkdir(out, { recursive: true });

/** `entry` is what stands for the package's main entry. */
const keyward = (entry) => ({
  name: "keyward",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^keyward$/ }, () => entry);
    onResolve({ filter: /^keyward\/mcp$/ }, () => ({ path: "/pkg/mcp.js", external: true }));
    onResolve({ filter: /^keyward\/\w+$/ }, ({ path }) => ({ path: join(pkg, `${path.slice("keyward/".length)}.js`) }));
    // What is not in the package's folder: here are the frameworks.
    onResolve({ filter: /^[@a-z]/ }, ({ path, importer, kind, pluginData }) =>
      importer.startsWith(pkg) && !pluginData ? resolve(path, { resolveDir: here, kind, pluginData: true }) : undefined,
    );
  },
});

/** What Svelte's own plugins do. */
const svelte = {
  name: "svelte",
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = compile(await readFile(path, "utf8"), { filename: path, generate: "client", dev: true });
      return { contents: js.code };
    });
  },
};

const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  // StrictMode and the frameworks' own checks are for development.
  conditions: ["development"],
  define: {
    "process.env.NODE_ENV": '"development"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
  },
  logLevel: "warning",
};

/** What a server sends of an app: rendered in this Node, where the package's entry is the one that does nothing. */
async function rendered(file) {
  const contents = `
    import { renderToString } from "react-dom/server.edge";
    import { createElement } from "react";
    import { App } from "./${file}";
    const config = { issuer: "https://id.example", clientId: "app" };
    export const html = renderToString(createElement(App, { config, seen: ({ status }) => status }));`;
  const stdin = { contents, resolveDir: join(here, "apps") };
  const plugins = [keyward({ path: join(pkg, "stub.js") })];
  const { outputFiles } = await build({ ...common, stdin, plugins, platform: "node", write: false });
  const script = join(out, "rendered.mjs");
  await writeFile(script, outputFiles[0].text);
  return (await import(pathToFileURL(script))).html;
}

const page = await readFile(join(here, "index.html"), "utf8");
for (const file of await readdir(join(here, "apps"))) {
  const { name, ext } = parse(file);
  if (name === "common" || ext !== ".js") continue;
  const folder = join(out, name);
  await mkdir(folder, { recursive: true });
  const html = name.endsWith("-rendered") ? await rendered(file) : "";
  // Also where the sign-in comes back to, if that is a route of its own.
  for (const address of ["index.html", "callback.html"]) {
    await writeFile(join(folder, address), page.replace("<!-- app -->", () => html));
  }
  const entry = name === "left-behind" ? { path: join(pkg, "lazy.js") } : { path: "/pkg/lazy.js", external: true };
  const plugins = [keyward(entry), svelte];
  await build({ ...common, entryPoints: { app: join(here, "apps", file) }, outdir: folder, splitting: true, plugins });
}
