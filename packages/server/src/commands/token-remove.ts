import type { TokenView } from "../operations/token-view.ts";
import { type Command, exitCodes } from "./command.ts";
import { printFields, printJson } from "./print.ts";

export const tokenRemove: Command = {
  name: "token remove",
  summary: "Take an access token away, at once: whoever uses it is refused, and open event streams end",
  arguments: [{ name: "<name>", description: "its name, as connack token list shows it" }],
  options: [],
  examples: ["connack token remove grafana"],
  async run(input, context) {
    const { removed } = (await context.call("token.remove", { name: input.args[0] })) as { removed: TokenView };
    if (context.json) printJson(context, { removed });
    else printFields(context, { removed: removed.name, role: removed.role });
    return exitCodes.ok;
  },
};
