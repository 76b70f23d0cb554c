// Keyward in Svelte: a store, and what a `load` function needs.

import { bindingOf } from "./binding.js";

export { requireAuth } from "./guard.js";

/** A store by Svelte's contract, so `$auth` is who is signed in: in every version of Svelte, without anything of it. */
export function createAuth(source) {
  const binding = bindingOf(source);
  const { ready, instance, actions } = binding;
  return { subscribe, ready, instance, ...actions };

  function subscribe(run) {
    if (typeof document === "undefined") {
      run(binding.initial);
      return () => {};
    }
    ready();
    let last = null;
    const look = () => {
      if (binding.snapshot !== last) run((last = binding.snapshot));
    };
    const stop = binding.subscribe(look);
    look();
    return stop;
  }
}
