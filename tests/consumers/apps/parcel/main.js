import * as keyward from "keyward";

import { start } from "./app.js";

start(keyward);
