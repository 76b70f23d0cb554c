import { AuthError } from "/pkg/index.js";

/** What a caller can see of a rejection, as JSON. */
export function describe(error) {
  return {
    isAuthError: error instanceof AuthError,
    name: error?.name ?? null,
    code: error?.code ?? null,
    retryable: error?.retryable ?? null,
    oauth: error?.oauth ?? null,
    message: String(error?.message ?? error),
  };
}

/** A growing list of what nobody caught; scenarios expect it to stay empty. */
export function watchErrors() {
  const problems = [];
  addEventListener("error", (event) => problems.push(`error: ${event.message}`));
  addEventListener("unhandledrejection", (event) => problems.push(`unhandled rejection: ${event.reason}`));
  return problems;
}
