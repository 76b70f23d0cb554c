// Files below an address, as any server has them.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

export async function staticServer(folder, port, at) {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const path = normalize(pathname.startsWith(at) ? pathname.slice(at.length) : "..");
    const file = join(folder, path === "." || path.endsWith("/") ? join(path, "index.html") : path);
    try {
      if (path.startsWith("..")) throw new Error("outside");
      const content = await readFile(file);
      response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found");
    }
  });
  await new Promise((resolve) => server.listen(port, resolve));
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
