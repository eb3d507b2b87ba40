import type { Kicked } from "../operations/kick-operations.ts";
import { type Command, exitCodes, UsageError } from "./command.ts";
import { printKicked } from "./kick-print.ts";
import { given, text } from "./option-values.ts";

export const deviceKick: Command = {
  name: "device kick",
  summary: "End the connections of a device or group now; it may come back, with the rights it then has",
  arguments: [{ name: "[id]", description: "its exact id; a MAC also as aa-bb-…, AA_BB_… or aabbccddeeff" }],
  options: [{ flags: "--group <name>", description: "all connected devices of this group instead" }],
  examples: ["connack device kick sensor-1", "connack device kick --group lamps"],
  async run(input, context) {
    const [id] = input.args;
    const group = text(input, "group");
    if ((id === undefined) === (group === undefined)) throw new UsageError("give one: a device, or --group");
    printKicked(context, (await context.call("device.kick", given({ id, group }))) as Kicked);
    return exitCodes.ok;
  },
};
