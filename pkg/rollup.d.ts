/** A plugin for Rollup; its parts are typed loosely, so that no release of Rollup is needed to read this. */
export default function keyward(): {
  name: string;
  transform(this: any, code: string, id: string): Promise<{ code: string; map: null } | null>;
};
