// The entries that are loaded on demand, in strict TypeScript. Lines marked as errors must be errors.

import type { Auth, Config } from "keyward";
import { exchangeToken } from "keyward/exchange";
import { watchIdle, type IdleReason } from "keyward/idle";
import { frontChannelLogout } from "keyward/logout";
import { mcpAuth, type McpAuth } from "keyward/mcp";
import { withOffline, type OfflineAuth } from "keyward/offline";

declare const auth: Auth;

export const watch = watchIdle(auth, { idleAfter: 900_000, sessionFor: 28_800_000, signOut: { mode: "redirect" } });
watch.on("countdown", ({ remaining, reason }) => console.log(remaining.toFixed(0), reason satisfies IdleReason));
watch.subscribe(({ phase, endsAt }) => console.log(phase, endsAt?.toFixed(0)));
// @ts-expect-error whose session ends is not for the app to say
watchIdle(auth, { idleAfter: 900_000, signOut: { all: true } });
// @ts-expect-error no such event
watch.on("end", () => {});

export const offline: OfflineAuth = withOffline(auth, { offlineFor: 86_400_000 });
// The status narrows the session.
if (offline.state.status !== "signed_out") console.log(offline.state.session.stale, offline.state.session.confirmedAt);
offline.on("withheld", ({ session }) => console.log(session.subject));
offline.on("signedIn", ({ origin }) => console.log(origin));
export const provider: McpAuth = mcpAuth(auth, "https://mcp.example/mcp", {
  clientId: "https://app.example/client.json",
  onSignIn: ({ signIn, reason }) => (reason === "insufficient_scope" ? signIn() : signIn({ mode: "redirect" })),
});
export const token: Promise<string | undefined> = provider.token();
// @ts-expect-error the SDK sends Bearer tokens, and to its server only
mcpAuth(null, "https://mcp.example/mcp", { config: { allowedOrigins: [] } });

export const exchanged: Promise<string> = exchangeToken(auth, { audience: "orders" }).then(({ token }) => token);
export const gone: Promise<{ subject: string }[]> = frontChannelLogout(auth);
export const backed: Config = { issuer: "https://id.example", clientId: "app", mode: "backend", backend: "/session" };
// @ts-expect-error no such mode
export const wrong: Config = { issuer: "https://id.example", clientId: "app", mode: "server" };

// It goes where an instance goes.
export const instance: Auth = offline;
