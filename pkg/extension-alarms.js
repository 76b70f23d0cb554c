// Refreshing in the background of an extension: its timers end with the worker, the browser's alarms wake it.

import { api } from "./extension-api.js";

/** Browsers ring no earlier than this. */
const LEAST = 30_000;
/** So long before a token's end, of short lives a tenth; more by chance, or all that were signed in together ask together. */
const LEAD = 60_000;

export class Alarms {
  #name;
  #lead;
  #core;
  /** For which end of a token the alarm was set. */
  #set = null;
  #sessions = [];

  constructor(namespace, leadSeconds, core) {
    this.#name = `keyward:${namespace}`;
    this.#lead = leadSeconds === undefined ? null : leadSeconds * 1000;
    this.#core = core;
  }

  hear(type, news) {
    if (type === "refreshFailed" && news.retryAt !== null) return this.#ringAt(news.retryAt);
    if (type !== "state") return;
    this.#sessions = news.sessions.filter(({ status, expiresAt }) => status === "active" && expiresAt !== null);
    const first = Math.min(...this.#sessions.map(({ expiresAt }) => expiresAt));
    if (first === this.#set) return;
    const isNew = this.#set === null;
    this.#set = first;
    if (first === Infinity) api().alarms.clear(this.#name);
    else this.#plan(first, isNew);
  }

  /** A worker that was just woken has an alarm already: chance is tried once for each token. */
  async #plan(end, isNew) {
    const present = isNew ? await api().alarms.get(this.#name) : null;
    if (present && present.scheduledTime > Date.now() && present.scheduledTime < end) return;
    if (this.#set === end) this.#ringAt(end - this.#leadOf(end - Date.now()));
  }

  #leadOf(rest) {
    return this.#lead ?? Math.min(LEAD, rest / 10) * (1 + Math.random() / 2);
  }

  #ringAt(when) {
    api().alarms.create(this.#name, { when: Math.max(when, Date.now() + LEAST) });
  }

  async rang(name) {
    if (name !== this.#name) return;
    const core = await this.#core().catch(() => null);
    const soon = Date.now() + Math.max(this.#lead ?? 0, 1.5 * LEAD);
    const due = this.#sessions.filter(({ expiresAt }) => expiresAt <= soon);
    for (const { provider, subject, expiresAt } of due) {
      const minValiditySeconds = Math.max(0, Math.ceil((expiresAt - Date.now()) / 1000)) + 1;
      // What fails is in the state and the events, which say when to try again.
      await core?.call("getAccessToken", { provider, subject, minValiditySeconds }).catch(() => {});
    }
    // It rang too early for all, or the failure was told before: as if nothing was planned.
    if (this.#sessions.some(({ expiresAt }) => expiresAt === this.#set) && !(await api().alarms.get(this.#name))) {
      this.#ringAt(Math.max(this.#set - LEAD / 2, Date.now() + LEAST));
    }
  }
}
