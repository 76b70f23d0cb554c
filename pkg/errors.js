/** Why a call was refused or failed. The text is for developers; programs look at `code`. */
export class AuthError extends Error {
  constructor(message, options = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = options.code ?? "unsupported";
    this.retryable = options.retryable ?? false;
    this.provider = options.provider ?? null;
    this.oauth = options.oauth ?? null;
    this.stepUp = options.stepUp ?? null;
  }
}

// On the prototype, as for JavaScript's own errors: it is the same for all, and not listed with an error's members.
Object.defineProperty(AuthError.prototype, "name", { value: "AuthError", configurable: true, writable: true });

export const invalid = (message) => new AuthError(message, { code: "invalid_argument" });
