import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startBareAedes } from "../src/brokers/embedded/testing/start-bare-aedes.ts";
import { startBrokerProgram } from "../src/brokers/embedded/testing/start-broker-program.ts";
import { connectStorm, prepareConnects } from "./connect-storm.ts";

const connects = 20_000;
const parallel = 200;
const rounds = 20;
/** How much slower than aedes without any guard, which accepts everyone, the broker may be. */
const leastShare = 0.8;

it(`${connects} CONNECTs, ${parallel} at a time: none lost, and at least ${leastShare} of the rate of bare aedes`, async () => {
  const broker = await startBrokerProgram("build");
  const bare = await startBareAedes();
  const sums = { broker: { accepted: 0, seconds: 0 }, bare: { accepted: 0, seconds: 0 } };
  for (let round = 0; round <= rounds; round++) {
    // In turns, each first every other time: what else the machine does hits both.
    const storm = async (name: "broker" | "bare", port: number) => {
      const result = await connectStorm(port, prepareConnects(connects / rounds, `${name}-${round}`), parallel);
      expect({ name, lost: result.lost }).toEqual({ name, lost: {} });
      // The first round warms up.
      if (round === 0) return;
      sums[name].accepted += result.accepted;
      sums[name].seconds += result.seconds;
    };
    if (round % 2 === 0) await storm("bare", bare.port);
    await storm("broker", broker.port);
    if (round % 2 === 1) await storm("bare", bare.port);
  }
  const rate = (name: "broker" | "bare") => sums[name].accepted / sums[name].seconds;
  const share = rate("broker") / rate("bare");
  process.stdout.write(
    `CONNECT/s, sums of ${rounds} rounds in turns: broker ${rate("broker").toFixed(0)}, bare aedes ${rate("bare").toFixed(0)}, share ${share.toFixed(2)}\n`,
  );
  expect(sums.broker.accepted).toBe(connects);
  expect(share).toBeGreaterThanOrEqual(leastShare);
  for (let times = 0; times < 100 && (await broker.state()).connections > 0; times++) await sleep(100);
  expect((await broker.state()).connections).toBe(0);
});
