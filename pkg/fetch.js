// Requests to APIs. The module says what authorizes an attempt and whether another one can help; requests, bodies and
// responses stay here.

import { AuthError } from "./errors.js";

/** `fetch` with the access token where it may go; `authorize` is the module's part of it. */
export async function fetchWith(authorize, input, init) {
  const { auth, ...options } = init ?? {};
  const given = input instanceof Request ? input : null;
  const { method, url } = target({ url: given?.url ?? input, method: options.method ?? given?.method });
  const signal = "signal" in options ? options.signal : given?.signal;
  // A stream can be read once.
  const repeatable = typeof options.body?.getReader !== "function";
  let response;
  let failure;
  const send = async (headers, to) => {
    // What is not looked at need not arrive.
    response?.body?.cancel().catch(() => {});
    try {
      response = await (headers ? fetch(attempt(given, input, options, headers, to, auth?.signal)) : fetch(input, options));
    } catch (cause) {
      failure = cause;
      throw cause;
    }
    const challenge = response.headers.get("WWW-Authenticate");
    return { status: response.status, url: response.url, challenge, nonce: response.headers.get("DPoP-Nonce") };
  };
  try {
    await authorize(method, url, repeatable, signal, auth, send);
  } catch (error) {
    if (failure instanceof AuthError) throw failure;
    if (failure) error.cause ??= failure;
    throw error;
  }
  return response;
}

/** The method as it is sent, and the absolute URL. */
export function target({ url, method }) {
  return usable(() => new Request(url, { method }));
}

function attempt(given, input, options, headers, url, otherSignal) {
  return usable(() => {
    const redirect = options.redirect ?? given?.redirect ?? "follow";
    // A copy: another attempt may need the body.
    let request = new Request(given?.clone() ?? input, {
      ...options,
      redirect: redirect === "follow" && !LEAVES_TOKENS_BEHIND ? "error" : redirect,
    });
    // Where a redirect led to; there is no body then.
    if (request.url !== url) request = new Request(url, request);
    if (request.mode === "no-cors") throw new TypeError("mode: no-cors would leave the token out");
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return otherSignal ? new Request(request, { signal: either(request.signal, otherSignal) }) : request;
  });
}

/**
 * Where a redirect leads, a page learns when it has been followed. `fetch` follows one to another origin without the
 * Authorization header (Fetch Standard, HTTP-redirect fetch), since Chromium 119, Firefox 111 and Safari 16.1. All that
 * have this function are later than that; the others are not let follow any.
 */
const LEAVES_TOKENS_BEHIND = typeof URL === "function" && typeof URL.canParse === "function";

function either(...signals) {
  const controller = new AbortController();
  for (const signal of signals) {
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true, signal: controller.signal });
  }
  return controller.signal;
}

function usable(make) {
  try {
    return make();
  } catch (cause) {
    throw new AuthError(`the request cannot be made: ${cause.message}`, { code: "invalid_argument", cause });
  }
}
