import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AuthProvider } from "keyward/react";

import { App } from "./App.jsx";
import { config } from "./config.js";

createRoot(document.getElementById("app")).render(
  <StrictMode>
    <AuthProvider config={config}>
      <App />
    </AuthProvider>
  </StrictMode>,
);
