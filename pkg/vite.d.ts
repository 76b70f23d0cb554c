/** A plugin for Vite; its parts are typed loosely, so that no release of Vite is needed to read this. */
export default function keyward(): {
  name: string;
  config(): { optimizeDeps: { exclude: string[] }; worker: { format: "es" } };
  configResolved(config: any): void;
};
