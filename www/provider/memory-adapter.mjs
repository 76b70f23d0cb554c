// Where oidc-provider keeps sessions, grants and tokens: a store of its own for every provider, so that two of them
// in one process (tests) share nothing. Restarting the provider forgets everything.

const SWEEP_EVERY = 500;

/**
 * Returns oidc-provider's `adapter` factory. `findClient(clientId)` answers for the clients, `refreshTokenGrace()` says
 * how many seconds after its use a refresh token counts as unused still.
 */
export function createMemoryAdapter(findClient, refreshTokenGrace = () => 0) {
  const store = new Map();
  let writes = 0;

  function put(key, payload, expiresIn) {
    store.set(key, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
    if (++writes % SWEEP_EVERY === 0) sweep();
  }

  function get(key) {
    const entry = store.get(key);
    return entry && entry.expiresAt > Date.now() ? entry.payload : undefined;
  }

  function inGrace(model, { consumed, ...unused }) {
    return model === "RefreshToken" && consumed && Date.now() / 1000 < consumed + refreshTokenGrace() ? unused : null;
  }

  function sweep() {
    const now = Date.now();
    for (const [key, { expiresAt }] of store) if (expiresAt <= now) store.delete(key);
  }

  function find(predicate) {
    for (const key of store.keys()) {
      const payload = get(key);
      if (payload && predicate(key, payload)) return payload;
    }
    return undefined;
  }

  return (model) => {
    const prefix = `${model}:`;
    return {
      find: async (id) => {
        const known = model === "Client" && findClient(id);
        if (known) return known;
        const payload = get(prefix + id);
        return payload && (inGrace(model, payload) ?? payload);
      },
      findByUid: async (uid) => find((key, payload) => key.startsWith(prefix) && payload.uid === uid),
      findByUserCode: async (code) => find((key, payload) => key.startsWith(prefix) && payload.userCode === code),
      upsert: async (id, payload, expiresIn) => put(prefix + id, payload, expiresIn),
      destroy: async (id) => void store.delete(prefix + id),
      consume: async (id) => {
        const payload = get(prefix + id);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, { payload }] of store) {
          if (key.startsWith(prefix) && payload.grantId === grantId) store.delete(key);
        }
      },
    };
  };
}
