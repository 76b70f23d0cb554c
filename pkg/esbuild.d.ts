/** A plugin for esbuild; its parts are typed loosely, so that no release of esbuild is needed to read this. */
export default function keyward(): { name: string; setup(build: any): void };
