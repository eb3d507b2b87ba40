import { denyReasons } from "@connack/credentials";
import { expect, it } from "vitest";
import type { ReasonView, ReasonViews } from "../operations/audit-reasons.ts";
import type { CommandContext } from "./command.ts";
import { reasons } from "./reasons.ts";

const { sentence, fix } = denyReasons.token_expired;
const expired: ReasonView = {
  type: "connect",
  reason: "token_expired",
  count: 12_140,
  devices: 3,
  examples: [
    { deviceId: "sensor-1", count: 12_000 },
    { clientId: "esp 7", count: 100 },
  ],
  lastAt: "2026-01-02T11:59:50.000Z",
  sentence,
  fix,
};
const banned: ReasonView = {
  type: "connack",
  reason: "banned",
  count: 1,
  devices: 0,
  examples: [],
  lastAt: expired.lastAt,
  sentence: "",
};

async function run(all: ReasonView[], json = false, warnings: string[] = []): Promise<string> {
  const written: string[] = [];
  const [from, until] = ["2026-01-01T12:00:00.000Z", "2026-01-02T12:00:00.000Z"];
  const answer: ReasonViews = { warnings, from, until, reasons: all };
  const loadConfig = () => ({ config: { dataDir: "lab data" }, sources: { dataDir: "command line" } });
  const context = { out: (part: string) => written.push(part), json, call: async () => answer, loadConfig };
  expect(await reasons.run({ args: [], options: {} }, context as unknown as CommandContext)).toBe(0);
  return written.join("");
}

it("a reason is told with how often, who, what it means and what to do", async () => {
  expect(await run([expired, banned])).toMatchInlineSnapshot(`
    "Refusals since 2026-01-01 12:00 UTC (counted by the hour)

       TIMES DEVICES  REASON
      12 140       3  token_expired
                      The token has expired.
                      e.g. sensor-1 ×12 000, (esp 7) ×100, …
                      Fix: Refresh it before exp, and set the device's clock before
                      minting.

           1       0  banned (refused by the broker itself)

    Next: connack device timeline sensor-1 --data 'lab data'
    "
  `);
});

it("says when there were none, and gives JSON", async () => {
  expect(await run([])).toBe("no refusals since 2026-01-01 12:00 UTC (counted by the hour)\n");
  expect(await run([], false, ["The audit is not being written."])).toBe(
    "Warning: The audit is not being written.\n\nno refusals were written since 2026-01-01 12:00 UTC (counted by the hour)\n",
  );
  expect(JSON.parse(await run([expired], true)).reasons).toEqual([expired]);
});
