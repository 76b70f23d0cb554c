// The projects that install the packed package, by name: what makes them, and what serves them. PORT stands for the app's.

/**
 * Each day of CI has one part (by its number since 1970), of at most half a minute. What has not been seen to pass everywhere
 * yet is run by the command only: next, angular, nuxt and others.
 */
export const PARTS = [
  ["vitest", "import-map"],
  ["rollup", "esbuild", "vite-dev"],
];

export const CONSUMERS = {
  "import-map": { what: "`<script type=module>` with an import map", files: "." },
  vite: { what: "Vite 8, build", build: ["vite", "build"], files: "dist" },
  "vite-dev": { what: "Vite 8, development server", app: "vite", server: ["vite", "--port", "PORT", "--strictPort"] },
  "vite-base": { what: "Vite 8, build with a `base`", app: "vite", build: ["vite", "build", "--base=/app/"], files: "dist", at: "/app/" },
  "vite-isolated": { what: 'Vite 8, `isolation: "worker"`', app: "vite", build: ["vite", "build", "--mode", "isolated"], files: "dist" },
  "vite-worker": {
    what: "a Worker of the app's own, beside its page",
    app: "vite",
    build: ["vite", "build", "--mode", "beside"],
    files: "dist",
    shows: { worker: "signed_in with a token" },
  },
  webpack: { what: "webpack 5", build: ["webpack"], files: "dist", page: true },
  rollup: { what: "Rollup 4, `keyward/rollup`", build: ["rollup", "-c"], files: "dist", page: true },
  esbuild: { what: "esbuild, `keyward/esbuild`", build: ["node", "build.mjs"], files: "dist", page: true },
  parcel: { what: "Parcel 2", build: ["parcel", "build", "--no-cache"], files: "dist" },
  newcomer: {
    what: "`npm create vite` and at most 12 own lines",
    make: ["create-vite", "made", "--template", "vanilla", "--no-interactive"],
    inside: "made",
    own: "main.js",
    build: ["vite", "build"],
    files: "dist",
    says: "Hello, Ada",
  },
  "create-vanilla": starter("vanilla"),
  "create-react": starter("react"),
  "create-vue": starter("vue"),
  "create-svelte": starter("svelte"),
  next: { what: "Next.js 16, server render and client", build: ["next", "build"], server: ["next", "start", "-p", "PORT"] },
  sveltekit: { what: "SvelteKit 2, prerendered", build: ["vite", "build"], files: "build" },
  nuxt: { what: "Nuxt 4, prerendered", build: ["nuxt", "generate"], files: ".output/public" },
  angular: { what: "Angular 21, `ng build`", build: ["ng", "build"], files: "dist" },
  bun: { what: "`Bun.build`, the file copied", build: ["node_modules/@oven/bun-linux-x64/bin/bun", "build.mjs"], files: "dist", page: true },
  deno: { what: "`deno bundle`, the file copied", build: ["deno", "bundle", "--platform", "browser", "-o", "dist/main.js", "main.js"], files: "dist", page: true, copies: true },
  vitest: { what: "Vitest 3 with jsdom, `keyward/testing`", test: ["vitest", "run"] },
  playwright: { what: "Playwright, `keyward/playwright`", test: ["playwright", "test"] },
};

/** What `npm create keyward` makes of a template, which is installed once for all. */
function starter(template) {
  return {
    what: `\`npm create keyward\`, ${template}`,
    app: "starter",
    make: ["create-keyward", template, "--template", template, "--issuer", "ISSUER", "--client-id", "keyward-demo"],
    inside: template,
    build: ["vite", "build"],
    files: "dist",
    says: "Hello, Ada",
  };
}
