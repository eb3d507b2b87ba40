import { existsSync } from "node:fs";
import { join } from "node:path";
import { readState } from "../brokers/emqx/configure/read-state.ts";
import { listSnapshots } from "../brokers/emqx/configure/snapshot.ts";
import { openManagementClient } from "../brokers/emqx/management/open-management-client.ts";
import { readStatus } from "../brokers/emqx/status/read-status.ts";
import { readSurroundings } from "../brokers/emqx/warnings/read-surroundings.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { type Command, exitCodes } from "./command.ts";
import { printEmqxStatus } from "./emqx-print-status.ts";
import { reportingEmqx } from "./emqx-problem.ts";
import { printJson } from "./print.ts";
import { whileWaiting } from "./while-waiting.ts";

export const emqxStatus: Command = {
  name: "emqx status",
  summary: "Show what EMQX says of itself: chain, health, listeners, events; exit 1 where Connack does not decide",
  options: [
    { flags: "--no-login-check", description: "do not try the dashboard's default password (one login as admin)" },
  ],
  examples: ["connack emqx status", "connack emqx status --json | jq .chain"],
  run: (input, context) =>
    reportingEmqx(async () => {
      const { config } = context.loadConfig();
      const { emqx } = config.brokers;
      const client = openManagementClient(emqx);
      try {
        const status = await whileWaiting(context, `EMQX at ${client.url}`, async () => {
          const live = await readState(client);
          const surroundings = await readSurroundings(client, {
            config: emqx,
            live,
            tryLogin: input.options["loginCheck"] !== false,
            lastAppliedMs: lastApplied(dataFolderPath(config.dataDir), client.url),
          });
          return readStatus(client, live, surroundings);
        });
        if (context.json) printJson(context, status);
        else printEmqxStatus(context, status);
        return status.ok ? exitCodes.ok : exitCodes.refused;
      } finally {
        await client.close();
      }
    }),
};

/** When EMQX was set up last from this data folder. */
function lastApplied(dataFolder: string, url: string): number | undefined {
  if (!existsSync(join(dataFolder, "emqx"))) return undefined;
  const snapshots = listSnapshots(join(dataFolder, "emqx"), url).map(({ snapshot }) => snapshot);
  const last = snapshots.findLast(
    ({ finishedAt, rolledBackAt }) => finishedAt !== undefined && rolledBackAt === undefined,
  );
  return last?.finishedAt === undefined ? undefined : Date.parse(last.finishedAt);
}
