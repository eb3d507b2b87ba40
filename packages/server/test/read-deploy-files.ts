import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

export const readDeployFile = (name: string) => readFileSync(`${root}/deploy/${name}`, "utf8");

/** Words and the rest of each instruction of a Dockerfile, continued lines joined. */
export function instructionsOf(dockerfile: string): { word: string; rest: string }[] {
  const lines = dockerfile
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  return lines.flatMap((line) => {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return word === undefined || rest === undefined ? [] : [{ word, rest }];
  });
}

/** `Name=value` of a systemd unit, by section, in order; comments left out. */
export function settingsOf(unit: string): { section: string; name: string; value: string }[] {
  let section = "";
  return unit.split("\n").flatMap((line) => {
    const title = /^\[(\w+)\]$/.exec(line)?.[1];
    if (title !== undefined) section = title;
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ section, name, value }];
  });
}
