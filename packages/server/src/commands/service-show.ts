import type { ShownRights } from "../operations/acl-show.ts";
import type { ServiceView } from "../operations/service-view.ts";
import { ruleText } from "./acl-rule-text.ts";
import { type Command, exitCodes } from "./command.ts";
import { printJson, printTable } from "./print.ts";
import { serviceArgument } from "./service-one.ts";
import { printService } from "./service-print.ts";

export const serviceShow: Command = {
  name: "service show",
  summary: "Show one service: status, rights, last seen, last refusal",
  arguments: [serviceArgument],
  options: [],
  examples: ["connack service show dashboard"],
  async run(input, context) {
    const answer = (await context.call("service.show", { name: input.args[0] })) as Shown;
    if (context.json) printJson(context, { ...answer.service, rights: answer.rights });
    else {
      printService(context, answer.service);
      context.out("\n");
      const rows = answer.rights.rules.map((rule) => [String(rule.n ?? "-"), ruleText(rule), rule.from]);
      printTable(context, ["", "RULE", "FROM"], rows);
    }
    return exitCodes.ok;
  },
};

interface Shown {
  service: ServiceView;
  rights: ShownRights;
}
