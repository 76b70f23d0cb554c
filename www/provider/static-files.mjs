// Serves directories below URL prefixes, with the content security policy that a page with WebAssembly needs.

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { extname, join, resolve, sep } from "node:path";

const MIME_TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** `roots` maps URL prefixes that end with a slash to directories; the longest prefix that fits wins. */
export function staticFiles({ roots, connect, headersOf }) {
  const prefixes = Object.keys(roots).sort((a, b) => b.length - a.length);

  return async (request, response, pathname) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return response.writeHead(405, { Allow: "GET, HEAD" }).end();
    }
    if (prefixes.includes(`${pathname}/`)) return response.writeHead(308, { Location: `${pathname}/` }).end();

    const prefix = prefixes.find((each) => pathname.startsWith(each));
    const path = prefix && pathWithin(roots[prefix], pathname.slice(prefix.length));
    const file = path && (await findFile(path));
    if (!file) return notFound(response, pathname);

    const headers = {
      "Cache-Control": "no-cache",
      "Content-Type": MIME_TYPES[extname(file.path)] ?? "application/octet-stream",
      ETag: file.tag,
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      ...headersOf(pathname),
    };
    if (request.headers["if-none-match"] === file.tag) return response.writeHead(304, headers).end();

    const content = await readFile(file.path);
    if (extname(file.path) === ".html") {
      headers["Content-Security-Policy"] ??= contentSecurityPolicy(content.toString("utf8"), connect);
    }
    response.writeHead(200, { ...headers, "Content-Length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  };
}

/** The file's path, or null when it would lie outside the directory. */
function pathWithin(directory, encoded) {
  let relative;
  try {
    relative = decodeURIComponent(encoded);
  } catch {
    return null;
  }
  if (relative.includes("\0")) return null;
  const root = resolve(directory);
  const path = resolve(join(root, relative === "" || relative.endsWith("/") ? `${relative}index.html` : relative));
  return path.startsWith(root + sep) ? path : null;
}

async function findFile(path) {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? { path, tag: `"${found.size.toString(36)}-${found.mtimeMs.toString(36)}"` } : null;
}

function notFound(response, pathname) {
  const hint = /^\/(rust|pkg\/wasm)\//.test(pathname) ? " It is built by `cargo xtask build`." : "";
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  response.end(`Nothing is here.${hint}\n`);
}

/** Inline scripts (import maps have to be inline) are allowed by their hashes, so no page needs 'unsafe-inline'. */
function contentSecurityPolicy(html, connect) {
  const hashes = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)].map(
    ([, script]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
  return [
    "default-src 'none'",
    `script-src ${["'self'", "'wasm-unsafe-eval'", ...hashes].join(" ")}`,
    `connect-src ${["'self'", ...connect].join(" ")}`,
    "style-src 'self'",
    "img-src 'self' data:",
    `base-uri ${/<base\s/i.test(html) ? "'self'" : "'none'"}`,
    // A logout that is too long for an address: its form goes to the provider, which leads back here.
    `form-action ${["'self'", ...connect].join(" ")}`,
    // Silent sign-in: a frame goes to the provider and comes back.
    `frame-src ${["'self'", ...connect].join(" ")}`,
    "frame-ancestors 'self'",
  ].join("; ");
}
