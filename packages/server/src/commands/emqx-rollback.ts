import { inForce } from "../brokers/emqx/configure/snapshot.ts";
import { Bans, bannedBy } from "../brokers/emqx/live/bans.ts";
import { ManagementError } from "../brokers/emqx/management/management-error.ts";
import { OperationError } from "../operations/operation.ts";
import { askYesOrNo, canAsk } from "./ask-yes-or-no.ts";
import { type Command, type CommandContext, type ExitCode, exitCodes, UsageError } from "./command.ts";
import { countText } from "./emqx-plan.ts";
import { planJson, printEmqx, printPlan } from "./emqx-print-plan.ts";
import { reportingEmqx } from "./emqx-problem.ts";
import { type PreparedRollback, prepareRollback, rollBack } from "./emqx-roll-back.ts";
import { type EmqxSession, withEmqx } from "./emqx-session.ts";
import { outcomeJson, warnNotKept } from "./emqx-step-outcome.ts";
import { paint, printJson, printTable, wrap } from "./print.ts";

export const emqxRollback: Command = {
  name: "emqx rollback",
  summary: "Take back what connack emqx apply changed in EMQX, and nothing else",
  arguments: [
    { name: "[snapshot]", description: "back to before this change (default: before the first that is still there)" },
  ],
  options: [
    { flags: "--list", description: "show the changes that there were" },
    { flags: "--yes", description: "do not ask; needed where there is no terminal" },
    { flags: "--open-broker", description: "also where EMQX lets everybody in afterwards, as it did before" },
  ],
  examples: ["connack emqx rollback --list", "connack emqx rollback", "connack emqx rollback --yes"],
  async run(input, context) {
    const [name] = input.args;
    if (input.options["list"] === true) return withEmqx(context, { lock: false }, (session) => list(session, context));
    const flags = { yes: input.options["yes"] === true, openBroker: input.options["openBroker"] === true };
    if (!flags.yes && !canAsk(context)) {
      throw new UsageError("connack emqx rollback asks before it changes EMQX, and there is no terminal: add --yes");
    }
    return reportingEmqx(() =>
      withEmqx(context, { lock: true }, async (session) => {
        const prepared = await prepareRollback(session, name);
        if (prepared !== undefined) return run(session, context, prepared, flags);
        if (context.json) printJson(context, { done: [], rolledBack: [] });
        else context.out("Nothing to take back: Connack has changed nothing in this EMQX.\n");
        return exitCodes.ok;
      }),
    );
  },
};

async function run(
  session: EmqxSession,
  context: CommandContext,
  prepared: PreparedRollback,
  { yes, openBroker }: { yes: boolean; openBroker: boolean },
): Promise<ExitCode> {
  const { live, plan, changes } = prepared;
  if (!context.json) {
    printEmqx(context, session.client.url, live);
    printPlan(context, plan);
  }
  if (plan.opens) {
    const loud =
      "EMQX WILL LET EVERYBODY IN: before Connack set it up no authenticator was enabled, and none will be. Whoever reaches it can connect under any name.";
    if (!context.json) context.out(`\n${paint(context, "red", wrap(loud))}\n`);
    if (!openBroker) {
      const next = "add an authenticator in EMQX's dashboard first, or connack emqx rollback --open-broker";
      throw new OperationError("would_open_broker", `EMQX was not changed. ${loud}`, next);
    }
  }
  if (!yes && plan.steps.length > 0 && !(await askYesOrNo(`\nMake ${countText(plan.steps.length)}?`))) {
    context.out("Nothing was changed.\n");
    return exitCodes.refused;
  }
  const outcome = await rollBack(session, context, prepared);
  const bans = await countBans(session);
  const names = changes.map(({ name }) => name);
  const finished = changes.flatMap(({ name, snapshot }) => (snapshot.rolledBackAt === undefined ? [] : [name]));
  if (context.json) {
    const emqx = { url: session.client.url, version: live.version.version };
    printJson(context, {
      emqx,
      plan: planJson(plan),
      ...outcomeJson(outcome),
      rolledBack: finished,
      openBroker: plan.opens,
      bans,
    });
  } else {
    warnNotKept(context, outcome);
    context.out(`\nRolled back to before ${names[0]}.\n`);
    if (bans === null) context.err("Whether bans of Connack are left in EMQX is not known: it did not list them.\n");
    else if (bans > 0) {
      const some = bans === 1 ? "1 ban" : `${bans} bans`;
      const text = `EMQX still holds ${some} of devices that Connack refuses (by "${bannedBy}"): they stay out. A Connack that runs lifts one when its device is enabled; without Connack, delete them in EMQX: Access Control, Banned Clients.`;
      context.out(`${wrap(text)}\n`);
    }
  }
  return exitCodes.ok;
}

/** Those of Connack; `null` where EMQX does not tell. What was rolled back is so anyway. */
async function countBans({ client }: EmqxSession): Promise<number | null> {
  const bans = new Bans(client, Date.now);
  try {
    await bans.read();
    return bans.size;
  } catch (error) {
    if (error instanceof ManagementError) return null;
    throw error;
  }
}

async function list(session: EmqxSession, context: CommandContext): Promise<ExitCode> {
  const all = session.snapshots();
  const open = new Set(inForce(all).map(({ name }) => name));
  const rows = all.map(({ name, snapshot }) => ({
    name,
    takenAt: snapshot.takenAt,
    emqx: snapshot.emqxVersion,
    state: open.has(name) ? (snapshot.finishedAt === undefined ? "cut short" : "in force") : stateText(snapshot),
    changes: snapshot.entries.filter(({ state }) => state !== "planned").map(({ object }) => object),
  }));
  if (context.json) printJson(context, { emqx: session.client.url, snapshots: rows });
  else if (rows.length === 0) context.out("Connack has changed nothing in this EMQX.\n");
  else {
    const cells = rows.map(({ name, emqx, state, changes }) => [name, emqx, state, String(changes.length)]);
    printTable(context, ["SNAPSHOT", "EMQX", "STATE", "CHANGES"], cells);
  }
  return exitCodes.ok;
}

function stateText({ rolledBackAt }: { rolledBackAt?: string | undefined }): string {
  return rolledBackAt === undefined ? "nothing was done" : `rolled back ${rolledBackAt}`;
}
