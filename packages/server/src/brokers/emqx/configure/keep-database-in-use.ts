import type { ManagementClient } from "../management/management-client.ts";
import { nameOf, pathOf } from "./configured-object.ts";
import { isObject } from "./leaves.ts";
import type { RollbackPlan } from "./plan-rollback.ts";

const database = nameOf("source", "built_in_database");

/** Without its source the rules that others have put into the database since would count no more: then it stays. */
export async function keepDatabaseInUse(
  client: Pick<ManagementClient, "find">,
  plan: RollbackPlan,
): Promise<RollbackPlan> {
  const removes = plan.steps.some(({ kind, object }) => kind === "remove" && object === database);
  if (!removes) return plan;
  const answers = await Promise.all(
    ["users", "clients"].map((whose) => client.find(`${pathOf(database)}/rules/${whose}?page=1&limit=1`)),
  );
  const isUsed = answers.some(
    (answer) => isObject(answer) && Array.isArray(answer["data"]) && answer["data"].length > 0,
  );
  if (!isUsed) return plan;
  return {
    ...plan,
    steps: plan.steps.filter(({ object }) => object !== database),
    warnings: [
      ...plan.warnings,
      {
        name: "changed-since",
        sentence: `The ${database} holds rules for users or clients by now, which are not Connack's. It stays.`,
        next: "remove it in EMQX's dashboard when nobody needs it",
      },
    ],
  };
}
