import type { KeySummary } from "../provisioning/key-record.ts";
import { type Command, exitCodes } from "./command.ts";
import { paint, printJson, printTable, wrap } from "./print.ts";

export const keyList: Command = {
  name: "key list",
  summary: "List the keys credentials are checked with; never their content",
  options: [],
  examples: ["connack key list", "connack key list --json | jq -r '.keys[].id'"],
  async run(_input, context) {
    const { keys } = (await context.call("key.list", {})) as { keys: KeySummary[] };
    if (context.json) printJson(context, { keys });
    else if (keys.length === 0) context.out("no keys\n");
    else {
      const rows = keys.map((key) => [
        key.id,
        key.scheme,
        key.perDevice ? `${key.algorithm}, one for each device` : key.algorithm,
        String(key.generation),
        key.origin,
        key.canIssue ? "issue and check" : "check",
      ]);
      printTable(context, ["KEY", "SCHEME", "ALGORITHM", "GENERATION", "ORIGIN", "CAN"], rows);
      for (const key of keys)
        if (key.weakness) context.out(`${paint(context, "red", wrap(`Weak: ${key.id}: ${key.weakness}`))}\n`);
    }
    return exitCodes.ok;
  },
};
