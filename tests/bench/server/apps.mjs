// The measured apps' files, as a host of static files serves them: the page asked for anew each time, all else kept for a
// year, brotli wherever the browser takes it.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGES = fileURLToPath(new URL("../page/", import.meta.url));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".css": "text/css", ".html": "text/html" };
const KEPT = "public, max-age=31536000, immutable";

export class Apps {
  #built;
  #log;
  #files = new Map();
  #harness = readFileSync(join(PAGES, "harness.js"), "utf8");
  #silent = readFileSync(join(PAGES, "silent.html"));

  constructor(built, log) {
    this.#built = built;
    this.#log = log;
  }

  answer(about, request, response) {
    const { pathname } = new URL(request.url, "http://localhost");
    this.#log.push({ to: "app", sdk: about.sdk, visitor: about.visitor, what: pathname });
    if (pathname === "/" || pathname === "/callback") {
      return html(response, this.#page(about));
    }
    if (pathname === "/silent.html") return html(response, this.#silent);
    const file = this.#filesOf(about.sdk).get(pathname);
    if (!file) return void response.writeHead(404).end();
    const brotli = /\bbr\b/.test(request.headers["accept-encoding"] ?? "");
    response.writeHead(200, {
      "content-type": TYPES[extname(pathname)] ?? "application/octet-stream",
      "content-encoding": brotli ? "br" : "gzip",
      "cache-control": KEPT,
      vary: "accept-encoding",
    });
    response.end(brotli ? file.brotli : file.gzip);
  }

  /** Bytes of each file of an app: { "/assets/x.js": { raw, gzip, brotli } }. */
  sizes(sdk) {
    const entries = [...this.#filesOf(sdk)].map(([path, file]) => [
      path,
      { raw: file.raw, gzip: file.gzip.length, brotli: file.brotli.length },
    ]);
    return Object.fromEntries(entries);
  }

  #page({ sdk, provider, clientId }) {
    const known = `const provider = ${JSON.stringify(provider)}, clientId = ${JSON.stringify(clientId)}, name = ${JSON.stringify(sdk)};`;
    const page = readFileSync(join(this.#built, sdk, "index.html"), "utf8");
    return page.replace("<!--harness-->", () => `<script>\n${known}\n${this.#harness}</script>`);
  }

  #filesOf(sdk) {
    if (!this.#files.has(sdk)) {
      const folder = join(this.#built, sdk, "assets");
      const names = readdirSync(folder).filter((name) => !/\.(br|gz)$/.test(name));
      const files = names.map((name) => {
        const file = join(folder, name);
        const read = (ending) => readFileSync(file + ending);
        return [`/assets/${name}`, { raw: statSync(file).size, brotli: read(".br"), gzip: read(".gz") }];
      });
      this.#files.set(sdk, new Map(files));
    }
    return this.#files.get(sdk);
  }
}

function html(response, text) {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" }).end(text);
}
