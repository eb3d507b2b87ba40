import { expect, it } from "vitest";
import { OperationError } from "../operations/operation.ts";
import type { CallServer } from "./server-calls.ts";
import { ServerReasons } from "./server-reasons.ts";

/** A server whose counts, or error, the test sets. */
function server() {
  const state: { counts: [reason: string, count: number][]; error?: Error } = { counts: [] };
  const call = (async () => {
    if (state.error) throw state.error;
    return { reasons: state.counts.map(([reason, count]) => ({ reason, count, sentence: `${reason}.` })) };
  }) as CallServer;
  return { state, call };
}

it("counts what has been added since the run began, most frequent first", async () => {
  const { state, call } = server();
  state.counts = [
    ["token_expired", 5],
    ["bad_signature", 3],
  ];
  const reasons = await ServerReasons.begin(call);
  expect(reasons.latest).toEqual([]);
  // The second line of a reason is what a broker refused by itself.
  state.counts = [
    ["token_expired", 7],
    ["bad_signature", 3],
    ["device_disabled", 1],
    ["device_disabled", 8],
  ];
  await reasons.look();
  expect(reasons.latest).toEqual([
    { reason: "device_disabled", count: 9, sentence: "device_disabled." },
    { reason: "token_expired", count: 2, sentence: "token_expired." },
  ]);
});

it("keeps what it knows while the server is away, and tells nothing where it does not know what was before", async () => {
  const { state, call } = server();
  const reasons = await ServerReasons.begin(call);
  state.counts = [["token_expired", 1]];
  await reasons.look();
  state.error = new OperationError("not_running", "away");
  await reasons.look();
  expect(reasons.latest).toMatchObject([{ reason: "token_expired", count: 1 }]);
  const blind = await ServerReasons.begin(call);
  delete state.error;
  await blind.look();
  expect(blind.latest).toEqual([]);
});

it("hides no defect", async () => {
  const { state, call } = server();
  state.error = new TypeError("a defect");
  await expect(ServerReasons.begin(call)).rejects.toThrow("a defect");
});
