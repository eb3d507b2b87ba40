import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The command's file. */
export const ourBin = fileURLToPath(new URL("../packages/server/bin/connack.js", import.meta.url));

/** What Node is started with where that file is run as a program: its first line says so. */
export function nodeFlags(bin: string = ourBin): string[] {
  const [line = ""] = readFileSync(bin, "utf8").split("\n", 1);
  return line.split(" ").filter((word) => word.startsWith("--"));
}
