import { readFileSync } from "node:fs";

/** The version of this package. Read two folders up, which is right in the source, when compiled, and in the bundle. */
export function connackVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
