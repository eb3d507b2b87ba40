import type { TokenView } from "../operations/token-view.ts";
import { type Command, exitCodes } from "./command.ts";
import { printJson, printTable } from "./print.ts";

export const tokenList: Command = {
  name: "token list",
  summary: "List the access tokens; never their content",
  options: [],
  examples: ["connack token list", "connack token list --json | jq -r '.tokens[] | select(.isExpired).name'"],
  async run(_input, context) {
    const { tokens } = (await context.call("token.list", {})) as { tokens: TokenView[] };
    if (context.json) printJson(context, { tokens });
    else if (tokens.length === 0) context.out("no access tokens\n");
    else {
      const rows = tokens.map(({ name, role, createdAt, expiresAt, isExpired, lastUsedAt }) => [
        name,
        role,
        short(createdAt),
        isExpired ? `${short(expiresAt)} (over)` : short(expiresAt, "never"),
        short(lastUsedAt, "not since the start"),
      ]);
      printTable(context, ["TOKEN", "ROLE", "ADDED", "EXPIRES", "LAST USED"], rows);
    }
    return exitCodes.ok;
  },
};

function short(time: string | undefined, otherwise = ""): string {
  return time === undefined ? otherwise : `${time.slice(0, 19)}Z`;
}
