// What every core does on the page's side: requests to APIs, and that a response is answered once.

import { answer } from "./answer.js";
import { fetchWith, target } from "./fetch.js";

export class BaseCore {
  /** `authorize` is the module's part of it. */
  fetch(authorize, input, init) {
    return fetchWith(authorize, input, init);
  }

  target(request) {
    return target(request);
  }

  answer(response, config, perform) {
    return answer(response, config, perform);
  }
}
