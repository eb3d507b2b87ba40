import { quoteWord } from "../operations/quote-word.ts";
import type { ServiceView } from "../operations/service-view.ts";
import { type Command, exitCodes } from "./command.ts";
import { given, text, wholeNumber } from "./option-values.ts";
import { printJson, printTable } from "./print.ts";

export const serviceList: Command = {
  name: "service list",
  summary: "List services, in the order of their names",
  options: [
    { flags: "--limit <n>", description: "at most so many, up to 1000 (default: 100)" },
    { flags: "--after <name>", description: "go on after this service" },
  ],
  examples: ["connack service list", "connack service list --json | jq -r '.services[].name'"],
  async run(input, context) {
    const limit = wholeNumber(input, "limit", "--limit");
    const query = given({ after: text(input, "after"), limit });
    const answer = (await context.call("service.list", query)) as { services: ServiceView[]; next?: string };
    if (context.json) printJson(context, answer);
    else if (answer.services.length === 0) context.out("no services\n");
    else {
      const rows = answer.services.map(({ name, status, profile, rules, lastSeenAt }) => [
        name,
        status,
        profile,
        rules.length === 0 ? "" : String(rules.length),
        lastSeenAt?.slice(0, 19).concat("Z") ?? "never",
      ]);
      printTable(context, ["SERVICE", "STATUS", "PROFILE", "OWN RULES", "LAST SEEN"], rows);
      if (answer.next !== undefined) {
        const sameLimit = limit === undefined ? "" : ` --limit ${limit}`;
        context.out(`\nThere may be more:\nconnack service list${sameLimit} --after ${quoteWord(answer.next)}\n`);
      }
    }
    return exitCodes.ok;
  },
};
