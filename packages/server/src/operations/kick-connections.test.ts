import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ManagementError } from "../brokers/emqx/management/management-error.ts";
import type { EmqxConnections } from "../open-house.ts";
import { openTestHouse, type TestHouse } from "./testing/open-test-house.ts";

let test: TestHouse;
let kicked: unknown[];
let problem: Error | undefined;
beforeAll(async () => {
  test = await openTestHouse({ connected: [{ deviceId: "sensor-1", clientId: "c-1" }] });
  await test.run("device.add", { id: "sensor-1", group: "lamps", clientIds: ["c-1", "c-2"] });
});
beforeEach(() => {
  kicked = [];
  problem = undefined;
  const kick: EmqxConnections["kick"] = async ({ id, clientIds }) => {
    if (problem) throw problem;
    kicked.push([id, clientIds]);
    return 2;
  };
  test.house.emqx = { kick } as EmqxConnections;
});
afterAll(() => test.close());

it("ends connections at EMQX and at the embedded broker, and counts both", async () => {
  expect(await test.run("device.kick", { id: "sensor-1" })).toEqual({ id: "sensor-1", ended: 3, devices: 1 });
  expect(kicked).toEqual([["sensor-1", ["c-1", "c-2"]]]);
});

it("says what EMQX says where it could not", async () => {
  problem = new ManagementError("DELETE /clients/c-1: EMQX cannot be reached.", {
    problem: "unreachable",
    endpoint: "DELETE /clients/c-1",
    next: "start it",
  });
  await expect(test.run("device.kick", { id: "sensor-1" })).rejects.toMatchObject({
    code: "broker_unreachable",
    message: "EMQX did not end the connection: DELETE /clients/c-1: EMQX cannot be reached.",
    next: "start it",
  });
  // Rights that are set already are no failure.
  expect(await test.run("acl.set", { id: "sensor-1", profile: "sensor", kick: true })).toMatchObject({
    profile: "sensor",
    notEnded: { code: "broker_unreachable" },
  });
});

it("does not hide a defect of ours", async () => {
  problem = new TypeError("a defect");
  await expect(test.run("device.kick", { id: "sensor-1" })).rejects.toThrow("a defect");
});

it("says that EMQX knows no groups, and what to do instead", async () => {
  await expect(test.run("device.kick", { group: "lamps" })).rejects.toMatchObject({
    code: "no_group_at_emqx",
    next: expect.stringContaining("connack device list --group lamps --json"),
  });
  expect(await test.run("acl.set", { group: "lamps", profile: "sensor", kick: true })).toMatchObject({
    notEnded: { code: "no_group_at_emqx" },
  });
});
