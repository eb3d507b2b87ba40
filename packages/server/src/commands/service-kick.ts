import type { Kicked } from "../operations/kick-operations.ts";
import { type Command, exitCodes } from "./command.ts";
import { printKicked } from "./kick-print.ts";
import { serviceArgument } from "./service-one.ts";

export const serviceKick: Command = {
  name: "service kick",
  summary: "End the connections of a service now; it may come back, with the rights it then has",
  arguments: [serviceArgument],
  options: [],
  examples: ["connack service kick dashboard"],
  async run(input, context) {
    printKicked(context, (await context.call("service.kick", { name: input.args[0] })) as Kicked);
    return exitCodes.ok;
  },
};
