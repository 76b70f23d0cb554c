"use client";

import { AuthProvider } from "keyward/react";

const config = { issuer: "__ISSUER__", clientId: "keyward-demo", scope: "openid profile" };

export const Providers = ({ children }) => <AuthProvider config={config}>{children}</AuthProvider>;
