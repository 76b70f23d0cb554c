// The client lives here. The browser ends this worker when nothing happens, and starts it for the next event; `init` is called
// in its first step each time.

import { init } from "./keyward/extension.js";
import { config } from "./config.js";

init(config).catch((error) => console.error(error.message));

// The panel opens from the popup's button; Chromium may open it with the icon's menu, too.
chrome.sidePanel?.setPanelBehavior({ openPanelOnActionClick: false });
