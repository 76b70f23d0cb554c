// The one thing that a page cannot wait for: browsers open a window in the user's gesture only. By itself because a page
// whose module is still on its way needs it, and nothing else of page.js (pkg/auth.js).

const WIDTH = 500;
const HEIGHT = 650;

/** In the middle of the browser's window, and empty: where it goes is not known yet. Null if it is blocked. */
export function openPopup() {
  const left = screenX + Math.max(0, outerWidth - WIDTH) / 2;
  const top = screenY + Math.max(0, outerHeight - HEIGHT) / 2;
  const opened = open("", "_blank", `popup,width=${WIDTH},height=${HEIGHT},left=${left | 0},top=${top | 0}`);
  return opened && { window: opened, close: () => opened.close() };
}
