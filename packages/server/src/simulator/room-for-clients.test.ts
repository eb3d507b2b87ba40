import { expect, it } from "vitest";
import { checkOpenFiles, fullBrokerWarning } from "./room-for-clients.ts";
import type { SimulationPlan } from "./simulation-plan.ts";

const plan = { url: "mqtt://127.0.0.1:1883", devices: 1000, rogues: 50 } as SimulationPlan;

it("says how many open files are needed where there may not be so many", () => {
  expect(() => checkOpenFiles(plan, 1024)).toThrow(
    "1050 connections need 1150 open files, and this process may have 1024",
  );
  expect(() => checkOpenFiles(plan, 1150)).not.toThrow();
  // The real limit, whatever it is, has room for one.
  expect(() => checkOpenFiles({ ...plan, devices: 1, rogues: 0 })).not.toThrow();
});

it("warns of an embedded broker that is too small, and of no other broker", () => {
  const listeners = { mqtt: "mqtt://127.0.0.1:1883" };
  const warning = fullBrokerWarning(plan, { listeners, embedded: { connected: 7 } }, 1000);
  expect(warning).toContain("takes 1000 connections (brokers.embedded.maxConnections), and this is 1057");
  expect(fullBrokerWarning(plan, { listeners, embedded: { connected: 7 } }, 1057)).toBeUndefined();
  expect(fullBrokerWarning(plan, { listeners }, 10)).toBeUndefined();
  const other = { ...plan, url: "mqtt://127.0.0.1:1884" };
  expect(fullBrokerWarning(other, { listeners, embedded: { connected: 7 } }, 10)).toBeUndefined();
});
