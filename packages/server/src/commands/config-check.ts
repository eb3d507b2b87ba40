import { type Command, exitCodes } from "./command.ts";
import { paint, printJson, wrap } from "./print.ts";

export const configCheck: Command = {
  name: "config check",
  summary: "Read configuration and environment, and say what is wrong",
  options: [],
  examples: ["connack config check", "connack config check --config /etc/connack.yaml"],
  async run(_input, context) {
    const { warnings } = context.loadConfig(); // throws ConfigError, which main reports and ends with 78
    if (context.json) printJson(context, { ok: true, warnings });
    else {
      for (const warning of warnings) context.out(`${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n`);
      context.out("configuration is good\n");
    }
    return exitCodes.ok;
  },
};
