import { ManagementError } from "../brokers/emqx/management/management-error.ts";
import { openManagementClient } from "../brokers/emqx/management/open-management-client.ts";
import { attacks } from "../brokers/emqx/verify/attacks.ts";
import { UnknownListener } from "../brokers/emqx/verify/find-listeners.ts";
import { targetFromUrl } from "../brokers/emqx/verify/listener-target.ts";
import type { Loan } from "../brokers/emqx/verify/loan.ts";
import { type VerifyParts, verifyEmqx } from "../brokers/emqx/verify/verify-emqx.ts";
import type { VerifyReport } from "../brokers/emqx/verify/verify-report.ts";
import type { EventPage } from "../operations/audit-query.ts";
import { OperationError } from "../operations/operation.ts";
import { createProgress } from "./acl-who-progress.ts";
import { type Command, type CommandContext, type ExitCode, exitCodes } from "./command.ts";
import { emqxProblem } from "./emqx-problem.ts";
import { printVerifyReport } from "./emqx-verify-print.ts";
import { onInterrupt } from "./on-interrupt.ts";
import { texts } from "./option-values.ts";
import { printJson } from "./print.ts";

/** Which listeners have to be proven. */
export const listenerOption = {
  flags: "--listener <name>",
  description: "prove this one: EMQX's name, <name>=<host>:<port>, a URL, or all; may be repeated",
  repeatable: true,
} as const;

export const emqxVerify: Command = {
  name: "emqx verify",
  summary: "Prove an EMQX right by attacking it with throw-away devices",
  options: [
    {
      flags: "--only <name>",
      description: "only this attack; may be repeated",
      repeatable: true,
      choices: attacks.map(({ name }) => name),
    },
    listenerOption,
  ],
  examples: [
    "connack emqx verify",
    "connack emqx verify --listener tcp:default --only foreign-publish",
    "connack emqx verify --listener mqtt://broker.lan:1883",
    "connack emqx verify --listener all --listener ssl:default=broker.lan:8883",
    "connack emqx verify --json | jq .counts",
  ],
  async run(input, context) {
    const listeners = texts(input, "listener") ?? [];
    const only = texts(input, "only") ?? [];
    const report = await verifyWith(context, { listeners, only });
    if (context.json) printJson(context, report);
    else printVerifyReport(context, report);
    return verifyExit(report);
  },
};

/** Anything that is not as it must be is a no; and so is a run that proves nothing. */
export function verifyExit({ ok, interrupted, listeners }: VerifyReport): ExitCode {
  if (listeners.length === 0 && !interrupted) return exitCodes.unavailable;
  return ok && !interrupted ? exitCodes.ok : exitCodes.refused;
}

/** Attacks with what the running server lends; until it is done, or Ctrl-C. Throws `OperationError` and `ConfigError`. */
async function verifyWith(
  context: CommandContext,
  { listeners, only }: { listeners: string[]; only: string[] },
): Promise<VerifyReport> {
  const { emqx } = context.loadConfig().config.brokers;
  const needsApi = listeners.length === 0 || listeners.some((name) => targetFromUrl(name) === undefined);
  // URLs need no API; where there is one, it tells whether they lead to this EMQX.
  const hasApi = emqx.url !== undefined && (emqx.apiKey !== undefined || emqx.username !== undefined);
  const client = needsApi || hasApi ? openManagementClient(emqx) : undefined;
  const { interrupted, stop } = onInterrupt();
  let total = 0;
  const progress = createProgress(context, async () => total);
  try {
    return await verifyEmqx({
      ...verifyParts(context),
      ...(client && { client }),
      listeners,
      only,
      signal: interrupted,
      onProgress(done, all) {
        total = all;
        void progress.at(done);
      },
    });
  } catch (error) {
    if (error instanceof UnknownListener) throw new OperationError("bad_input", error.message, "connack emqx status");
    if (error instanceof ManagementError) throw emqxProblem(error, { before: "EMQX does not tell its listeners: " });
    throw error;
  } finally {
    progress.done();
    stop();
    await client?.close();
  }
}

/** What every run needs of the Connack that runs on this data folder. */
export function verifyParts(context: CommandContext): Pick<VerifyParts, "settings" | "lend" | "giveBack" | "events"> {
  return {
    settings: context.loadConfig().config.brokers.emqx,
    lend: async (input) => (await context.call("verify.lend", input)) as Loan,
    giveBack: async (lease) => ((await context.call("verify.return", { lease })) as { returned: number }).returned,
    async events(clientId, sinceMs) {
      const page = (await context.call("audit.query", { clientId, since: sinceMs, limit: 50 })) as EventPage;
      return page.events;
    },
  };
}
