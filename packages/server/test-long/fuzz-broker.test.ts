import { expect, it } from "vitest";
import { fuzzBroker } from "../src/brokers/embedded/testing/fuzz-broker.ts";
import { startBrokerProgram } from "../src/brokers/embedded/testing/start-broker-program.ts";

const seconds = Number(process.env["CONNACK_FUZZ_SECONDS"] ?? 60);
const seed = Number(process.env["CONNACK_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);
/** What may stay: sessions, retained messages and queues of those who said they would come back, within their bounds. */
const mostStaysBytes = 60e6;

it(`${seconds} seconds of fuzz with seed ${seed}: the broker lives, and legitimate clients lose nothing`, async () => {
  process.stdout.write(`CONNACK_FUZZ_SEED=${seed}\n`);
  const broker = await startBrokerProgram("build");
  const { connections, messages, before, after } = await fuzzBroker(broker, seconds, seed);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  process.stdout.write(
    `${connections} connections, ${messages} legitimate messages, ${(after.cpuSeconds - before.cpuSeconds).toFixed(0)} s of CPU; heap ${megabytes(before.heapUsed)} -> ${megabytes(after.heapUsed)}, rss ${megabytes(before.rss)} -> ${megabytes(after.rss)}\n${JSON.stringify(after.counters)}\n`,
  );
  expect(after.connections).toBe(2);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(mostStaysBytes);
  expect(after.counters).not.toHaveProperty("guard.contained_exception");
  expect(after.counters).not.toHaveProperty("guard.broker_error");
});
