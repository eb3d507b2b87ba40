import { type Command, exitCodes } from "./command.ts";
import { preparePlan } from "./emqx-prepare-plan.ts";
import { planJson, printEmqx, printPlan } from "./emqx-print-plan.ts";
import { reportingEmqx } from "./emqx-problem.ts";
import { withEmqx } from "./emqx-session.ts";
import { printJson } from "./print.ts";

/** As in other programs that plan: neither a failure nor "nothing to do". A wrong command line prints no plan. */
const changes = 2;

export const takeOverOption = {
  flags: "--take-over",
  description: "overwrite an authenticator of others in our place, also where a rollback cannot bring all of it back",
};
export const againOption = {
  flags: "--again",
  description: "put our secrets into EMQX again, also where it seems to have them",
};

export const emqxPlan: Command = {
  name: "emqx plan",
  summary: "Show what connack emqx apply would change in EMQX: exit 0 nothing, 2 something, 1 it cannot",
  options: [takeOverOption, againOption],
  examples: ["connack emqx plan", "connack emqx plan --json | jq .steps"],
  async run(input, context) {
    const options = { takeOver: input.options["takeOver"] === true, again: input.options["again"] === true };
    return reportingEmqx(() =>
      withEmqx(context, { lock: false }, async (session) => {
        const { live, plan } = await preparePlan(session, options);
        const { url } = session.client;
        if (context.json) printJson(context, { emqx: { url, version: live.version.version }, ...planJson(plan) });
        else {
          printEmqx(context, url, live);
          printPlan(context, plan);
          context.out(`\n${verdict(plan.steps.length, plan.conflicts.length)}\n`);
        }
        if (plan.conflicts.length > 0) return exitCodes.refused;
        return plan.steps.length === 0 ? exitCodes.ok : changes;
      }),
    );
  },
};

function verdict(steps: number, conflicts: number): string {
  if (conflicts > 0) return "Nothing can be applied while there is a conflict.";
  if (steps === 0) return "Nothing to do: EMQX is as it should be.";
  return `${countText(steps)}. Next: connack emqx apply`;
}

export function countText(steps: number): string {
  return steps === 1 ? "1 change" : `${steps} changes`;
}
