import type { KeySummary } from "../provisioning/key-record.ts";
import { type Command, exitCodes } from "./command.ts";
import { printFields, printJson } from "./print.ts";

export const keyRemove: Command = {
  name: "key remove",
  summary:
    "Remove a key for good: devices that use it are refused when they connect next; those connected stay until then",
  arguments: [{ name: "<id>", description: "its id, as connack key list shows it; not the last one of a scheme" }],
  options: [],
  examples: ["connack key add --scheme jwt", "connack key remove jwt-1"],
  async run(input, context) {
    const { removed } = (await context.call("key.remove", { id: input.args[0] })) as { removed: KeySummary };
    const { id, scheme, algorithm, generation } = removed;
    if (context.json) printJson(context, { removed });
    else printFields(context, { removed: id, scheme, algorithm, generation: String(generation) });
    return exitCodes.ok;
  },
};
