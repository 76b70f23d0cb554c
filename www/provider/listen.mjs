// "localhost" means 127.0.0.1 to one program and ::1 to the next, so both are served, and nothing beyond them.

import { createServer } from "node:http";

const ATTEMPTS = 20;

/** Listens on one port of both loopback addresses; port 0 takes a free one. Resolves to `{ port, close() }`. */
export async function listenOnLoopback(handler, port) {
  for (let attempt = 1; ; attempt++) {
    const ipv4 = await listen(handler, port, "127.0.0.1");
    try {
      const ipv6 = await listen(handler, ipv4.address().port, "::1").catch(ignoreMissingIpv6);
      const servers = [ipv4, ipv6].filter(Boolean);
      return { port: ipv4.address().port, close: () => Promise.all(servers.map(closeServer)) };
    } catch (error) {
      await closeServer(ipv4);
      if (port !== 0 || attempt === ATTEMPTS) throw error;
    }
  }
}

function listen(handler, port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer(handler);
    server.once("error", reject);
    server.listen({ port, host }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

function ignoreMissingIpv6(error) {
  if (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT") return null;
  throw error;
}

function closeServer(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // A browser keeps idle connections open for minutes.
    server.closeAllConnections();
  });
}
