import { expect, it } from "vitest";
import { fuzzBroker } from "./testing/fuzz-broker.ts";
import { startBrokerProgram } from "./testing/start-broker-program.ts";

const seconds = 3;
const seed = 20_260_801;

// The long run is test-long/fuzz-broker.test.ts, with other seeds.
it(`${seconds} seconds of fuzz: the broker lives, and legitimate clients lose nothing`, async () => {
  const broker = await startBrokerProgram("source");
  const { connections, messages, after } = await fuzzBroker(broker, seconds, seed);
  expect(connections).toBeGreaterThan(100);
  expect(messages).toBeGreaterThan(10);
  expect(after.connections).toBe(2);
  expect(after.counters).not.toHaveProperty("guard.contained_exception");
  expect(after.counters).not.toHaveProperty("guard.broker_error");
});
