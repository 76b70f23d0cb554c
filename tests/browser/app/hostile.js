// Signs in at one misbehaving provider after the other, by itself: a scenario puts a plan into sessionStorage and reads
// there in the end what this page saw. Every sign-in leaves the page, so the plan says where to go on.

import { createAuth } from "/pkg/index.js";
import { describe, watchErrors } from "./errors.js";

const problems = watchErrors();
const plan = JSON.parse(sessionStorage.getItem("plan"));
// Drivers call a page loaded before this script has run: a plan that came by now would be begun here, and once more by the
// page that replaces this one.
document.documentElement.dataset.ready = "yes";
if (plan && !plan.done) {
  await goOn().catch((error) => {
    problems.push(`${error}\n${error.stack}`);
    plan.done = "failed";
    save(plan.step);
  });
}

async function goOn() {
  while (plan.at < plan.cases.length) {
    const misbehaviour = plan.cases[plan.at];
    const seen = (plan.seen[plan.at] ??= {});
    // Should the good session be gone, then since when, and from where?
    if (plan.at > 0 && !viewed().length) plan.goneBy ??= `${misbehaviour.name}, ${plan.step}`;
    const auth = await open(misbehaviour);
    if (plan.step === "begin") await leave(auth, misbehaviour, seen, "returned");
    if (plan.step === "returned") await judge(auth, misbehaviour, seen);
    // One session that is there all the time.
    const stays = misbehaviour.phase === "good";
    if (!stays && (plan.step === "returned" || plan.step === "refused")) {
      await fetch(`${misbehaviour.issuer}/control`, { method: "POST", body: new URLSearchParams({ misbehave: "false" }) });
      await leave(auth, misbehaviour, seen, "honest");
    }
    if (!stays) {
      seen.honest = { ...(await report(auth)), userInfo: await outcome(auth.getUserInfo()) };
      await auth.signOut({ mode: "local", revoke: false, all: true });
    }
    auth.close();
    plan.at += 1;
    save("begin");
  }
  plan.good = await report(await open({ name: "good", issuer: plan.goodIssuer }));
  plan.kept = {
    localStorage: viewed(),
    localStorageLacksItBy: plan.goneBy,
    databases: (await indexedDB.databases()).map(({ name }) => name),
    records: await recorded(),
  };
  plan.done = true;
  save("end");
}

function viewed() {
  return Object.keys(localStorage).filter((key) => key.startsWith("good:"));
}

/** The keys of the good session's database, as the browser has them. */
function recorded() {
  return new Promise((resolve) => {
    const opening = indexedDB.open("good");
    opening.onerror = () => resolve(String(opening.error));
    opening.onsuccess = () => {
      const { result } = opening;
      if (!result.objectStoreNames.contains("records")) return resolve("no object store");
      const keys = result.transaction("records").objectStore("records").getAllKeys();
      keys.onsuccess = () => resolve(keys.result);
      keys.onerror = () => resolve(String(keys.error));
    };
  });
}

function open({ name, issuer, timeout = 10_000 }) {
  const config = { issuer, clientId: "app", scope: "openid offline_access", namespace: name, autoRefresh: false };
  return createAuth({ ...config, requestTimeout: timeout, redirectUri: location.origin + location.pathname });
}

/** Goes to the provider, and never returns; unless the client refuses to go. */
async function leave(auth, { maxAgeSeconds }, seen, next) {
  save(next);
  seen.left = describe(await auth.signIn({ loginHint: "alice", maxAgeSeconds }).catch((error) => error));
  if (next === "honest") throw new Error(`an honest sign-in is refused: ${seen.left.message}`);
  plan.step = "refused";
  seen.before = await report(auth);
}

/** What the way back brought, and then what else the provider does. */
async function judge(auth, { phase }, seen) {
  seen.before = await report(auth);
  history.replaceState(null, "", location.pathname);
  if (seen.before.status !== "signed_in") return;
  if (phase === "refresh" || phase === "never") seen.refresh = await outcome(auth.getAccessToken({ forceRefresh: true }));
  if (phase === "user_info" || phase === "never") seen.userInfo = await outcome(auth.getUserInfo());
  if (phase === "sign_out") await auth.signOut({ mode: "local" });
  seen.after = await report(auth);
}

async function report(auth) {
  const { result, error } = auth.redirectResult ?? {};
  return {
    url: location.href,
    status: auth.state.status,
    claims: auth.state.session?.claims ?? null,
    sessionError: auth.state.session?.error?.code ?? null,
    redirect: error ? describe(error) : (result?.session.subject ?? null),
    token: await outcome(auth.getAccessToken()),
    sessions: Object.keys(localStorage).filter((key) => key.startsWith(`${plan.cases[plan.at]?.name}:view:`)).length,
  };
}

function outcome(promise) {
  return promise.then((value) => ({ value }), (error) => ({ error: describe(error) }));
}

function save(step) {
  plan.step = step;
  plan.problems.push(...problems.splice(0));
  sessionStorage.setItem("plan", JSON.stringify(plan));
}
