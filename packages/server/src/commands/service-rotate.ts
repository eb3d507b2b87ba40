import type { ServiceCredential } from "../operations/service-add.ts";
import { type Command, exitCodes } from "./command.ts";
import { given, seconds } from "./option-values.ts";
import { printJson } from "./print.ts";
import { serviceArgument } from "./service-one.ts";
import { mosquittoLine, printServiceCredential } from "./service-print.ts";

export const serviceRotate: Command = {
  name: "service rotate",
  summary: "Make a new password for a service; the former one ends now, and its connections with it, or after --grace",
  arguments: [serviceArgument],
  options: [
    {
      flags: "--grace <time>",
      description: "how long the former password goes on to hold, e.g. 1h, at most 30d (default: 0)",
    },
  ],
  examples: ["connack service rotate dashboard --grace 1h"],
  async run(input, context) {
    const request = given({ name: input.args[0], grace: seconds(input, "grace", "--grace") });
    const credential = (await context.call("service.rotate", request)) as ServiceCredential;
    if (context.json) printJson(context, { ...credential, command: mosquittoLine(credential) });
    else printServiceCredential(context, credential);
    return exitCodes.ok;
  },
};
