import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether a shell here would find the program. */
export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}

export const howToGetMosquitto =
  "Connecting needs mosquitto_pub, which is not installed here:\nsudo apt-get install mosquitto-clients";
