import type { AuthActions, AuthSnapshot, AuthSource } from "./binding.js";
import type { Auth, Config } from "./index.js";

export { requireAuth } from "./binding.js";
export type { AuthActions, AuthGuarded, AuthSnapshot, AuthSource } from "./binding.js";

/** A store (`$auth` in a component) with the functions of `Auth`. */
export interface AuthStore extends AuthActions {
  subscribe(run: (snapshot: AuthSnapshot) => void): () => void;
  /** Resolves when it is known who is signed in; at once on a server. */
  ready(): Promise<AuthSnapshot>;
  /** The instance, as soon as there is one. */
  instance(): Promise<Auth>;
}

/** In a module of its own, which components and `load` functions import. It begins in the page, when somebody subscribes or asks. */
export function createAuth(source: Config | AuthSource): AuthStore;
