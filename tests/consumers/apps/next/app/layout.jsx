import { Providers } from "./providers.jsx";

export default function Layout({ children }) {
  return <html lang="en"><body><Providers>{children}</Providers></body></html>;
}
