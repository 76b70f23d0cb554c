// The doctor and the plugins in strict TypeScript. Lines marked as errors must be errors.

import { examine } from "keyward/doctor";
import type { Finding, Report } from "keyward/doctor";
import esbuild from "keyward/esbuild";
import rollup from "keyward/rollup";
import vite from "keyward/vite";

export const report: Promise<Report> = examine({ issuer: "https://id.example", clientId: "app", timeout: 1000 });
export const problems = async (): Promise<readonly Finding[]> => (await report).findings.filter(({ verdict }) => verdict === "problem");
export const plugins: { name: string }[] = [vite(), rollup(), esbuild()];
// @ts-expect-error: an issuer is needed.
examine({ clientId: "app" });
