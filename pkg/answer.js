// The answer to the response that this page came with (response.js), for every client that it is about.

import { namespaceOf, providersOf } from "./config.js";

/**
 * The answer to a response: one client performs it, and the others that it is about get the same. It is performed once more
 * where nobody could, or where the one who did knew nothing of it.
 */
export async function answer({ answers }, config, perform) {
  const heard = new Set();
  const isNext = (one) => !heard.has(one) && namespaceOf(one.config) === namespaceOf(config);
  for (let next; (next = answers.find(isNext)); ) {
    heard.add(next);
    const other = next.config;
    const performed = await next.answered.then((value) => ({ value }), () => null);
    if (!performed) continue;
    const { value } = performed;
    const provider = value?.result?.session.provider ?? value?.error?.provider;
    const isOurs = value ? clientOf(other, provider) === clientOf(config, provider) : clientsOf(other) === clientsOf(config);
    if (isOurs) return value;
    if (value && value.error?.code !== "invalid_state") return null;
  }
  const answered = perform();
  const mine = { config, answered };
  answers.push(mine);
  answered.catch(() => answers.splice(answers.indexOf(mine), 1));
  return answered;
}

const clientOf = (config, provider) => providersOf(config)[provider]?.clientId;
const clientsOf = (config) => JSON.stringify(Object.entries(providersOf(config)).map(([id, { clientId }]) => [id, clientId]));
