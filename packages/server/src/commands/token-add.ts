import { roles } from "../operations/operation.ts";
import type { AddedToken } from "../operations/token-operations.ts";
import { type Command, exitCodes, UsageError } from "./command.ts";
import { given, seconds, text } from "./option-values.ts";
import { printFields, printJson, wrap } from "./print.ts";

export const tokenAdd: Command = {
  name: "token add",
  summary: "Make an access token for the admin API, the metrics and the dashboard",
  arguments: [{ name: "<name>", description: "who will use it; changes are kept in the audit as api:<name>" }],
  options: [
    {
      flags: "--role <role>",
      description: "viewer reads, operator also changes devices, admin also keys, services, tokens",
      choices: roles,
    },
    { flags: "--expires <time>", description: "it ends by itself after 12h, 90d, … (default: never)" },
  ],
  examples: [
    "connack token add grafana --role viewer",
    "connack token add ci --role operator --expires 90d --json | jq -r .token",
  ],
  async run(input, context) {
    const role = text(input, "role");
    if (role === undefined) throw new UsageError(`what may it do? --role takes ${roles.join(", ")}`);
    const request = given({ name: input.args[0], role, expiresIn: seconds(input, "expires", "--expires") });
    const { token, ...about } = (await context.call("token.add", request)) as AddedToken;
    if (context.json) printJson(context, { ...about, token });
    else {
      printFields(context, { name: about.name, role: about.role, expires: about.expiresAt ?? "never", token });
      context.out(`${wrap("The token is shown this once and kept only as a hash.")}\n`);
    }
    return exitCodes.ok;
  },
};
