import type { Kicked } from "../operations/kick-operations.ts";
import type { CommandContext } from "./command.ts";
import { printJson } from "./print.ts";

/** How many connections a kick ended. */
export function printKicked(context: CommandContext, kicked: Kicked): void {
  const { id = "", group, ended, devices } = kicked;
  if (context.json) printJson(context, kicked);
  else if (ended > 0) {
    const whom = group === undefined ? id : `${devices} devices of group ${group}`;
    context.out(`${ended} ${ended === 1 ? "connection" : "connections"} of ${whom} ended\n`);
  } else context.out(group === undefined ? `${id} is not connected\n` : `no device of group ${group} is connected\n`);
}
