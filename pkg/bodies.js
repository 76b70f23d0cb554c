// A response's body on its way from the worker to the page: part by part, as whoever reads it asks for more. Not every
// browser lets a stream itself be sent.

/** So much is asked for in advance: short bodies arrive whether somebody reads them or not, and occupy no connection. */
const AHEAD = 65_536;

/**
 * The worker's end of that stream: the port for the page. `request` is aborted when nobody reads any more, for which
 * `gone` fires at the latest: in Firefox a cancelled body goes on arriving.
 */
export function offered(stream, request, gone) {
  const { port1, port2 } = new MessageChannel();
  const reader = stream.getReader();
  const end = () => {
    gone.removeEventListener("abort", cancel);
    port1.onmessage = null;
  };
  const cancel = () => {
    end();
    request.abort();
  };
  gone.addEventListener("abort", cancel);
  port1.onmessage = async ({ data }) => {
    if (data === "cancel") return cancel();
    try {
      const { done, value } = await reader.read();
      if (done) end();
      port1.postMessage({ part: value }, value ? [value.buffer] : []);
    } catch (cause) {
      end();
      port1.postMessage({ failure: cause.message });
    }
  };
  return port2;
}

/** The page's end: the stream. It fails where the body does, and when one of the signals fires. */
export function taken(port, signals) {
  let controller;
  let enough;
  const end = () => {
    port.onmessage = null;
    port.close();
    for (const signal of signals) signal.removeEventListener("abort", abort);
  };
  const cancel = () => {
    port.postMessage("cancel");
    end();
  };
  const abort = ({ target }) => {
    cancel();
    controller.error(target.reason);
  };
  port.onmessage = ({ data: { part, failure } }) => {
    if (part) controller.enqueue(part);
    else end();
    if (failure) controller.error(new TypeError(failure));
    else if (!part) controller.close();
    enough();
  };
  const source = {
    start: (itself) => void (controller = itself),
    pull() {
      port.postMessage("more");
      return new Promise((resolve) => (enough = resolve));
    },
    cancel,
  };
  const stream = new ReadableStream(source, new ByteLengthQueuingStrategy({ highWaterMark: AHEAD }));
  for (const signal of signals) signal.addEventListener("abort", abort);
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted) abort({ target: aborted });
  return stream;
}
