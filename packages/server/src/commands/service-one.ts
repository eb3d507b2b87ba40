import type { ServiceView } from "../operations/service-view.ts";
import { type Command, exitCodes } from "./command.ts";
import { printJson } from "./print.ts";
import { printService } from "./service-print.ts";

export const serviceArgument = { name: "<name>", description: "its exact name" };

/** The commands `service <verb> <name>`: one operation of the same name, and the service as it is then. */
export function oneServiceCommand(verb: string, summary: string): Command {
  return {
    name: `service ${verb}`,
    summary,
    arguments: [serviceArgument],
    options: [],
    examples: [`connack service ${verb} dashboard`],
    async run(input, context) {
      const service = (await context.call(`service.${verb}`, { name: input.args[0] })) as ServiceView;
      if (context.json) printJson(context, service);
      else printService(context, service);
      return exitCodes.ok;
    },
  };
}
