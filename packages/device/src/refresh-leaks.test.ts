import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createDevice } from "./create-device.ts";
import type { Device } from "./device.ts";
import { startPacketBroker } from "./testing/packet-broker.ts";

const refreshes = 5000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const heap = () => {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** What keeps the process alive, by kind. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Kinds of which there are more than before; a few come and go, with the test itself. */
const more = (before: Record<string, number>) =>
  Object.entries(resources()).filter(([name, count]) => count > (before[name] ?? 0) + 10);

/** So many, one after the other, with a message each. */
async function refresh(device: Device, times: number): Promise<void> {
  let left = times;
  await new Promise<void>((resolve) => {
    const off = device.on("state", (state) => {
      if (state !== "connected") return;
      if (left-- > 0) {
        void device.publish("t", "x");
        device.refresh();
      } else {
        off();
        resolve();
      }
    });
    left--;
    device.refresh();
  });
}

it(`${refreshes} refreshes leave no socket, timer, listener or memory behind`, async () => {
  const before = resources();
  const broker = await startPacketBroker(4);
  // What the broker of the test keeps is not the device's.
  const forget = () => void broker.peers.splice(0, broker.peers.length - 1);
  const device = createDevice({
    url: broker.url,
    will: { topic: "gone", payload: "gone" },
    credentials: ({ nowSeconds }) => ({
      clientId: "sensor-1",
      username: "u",
      password: "p",
      expiresAt: nowSeconds + 3600,
    }),
  });
  const problems: unknown[] = [];
  device.on("problem", (problem) => problems.push(problem));
  await device.subscribe("t");

  await refresh(device, 2000); // everything is loaded, compiled and as large as it gets
  forget();
  const resourcesAtStart = resources();
  const growths: number[] = [];
  const part = (refreshes - 2000) / 3;
  for (let nth = 0; nth < 3; nth++) {
    const heapBefore = heap();
    await refresh(device, part);
    forget();
    growths.push((heap() - heapBefore) / part);
  }
  const status = device.status();
  expect(status).toMatchObject({ refreshes, connects: refreshes + 1, failures: 0, queue: { length: 0, dropped: 0 } });
  expect(problems).toEqual([]);
  expect(more(resourcesAtStart)).toEqual([]);
  // A leak grows in every part, the engine itself in some. In bytes for each refresh: a client of mqtt.js that is kept takes
  // tens of thousands.
  expect(Math.min(...growths)).toBeLessThan(60);

  await device.stop();
  expect(broker.peers.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(1);
  await broker.close();
  await expect.poll(() => more(before)).toEqual([]);
  await expect.poll(() => Object.keys(resources()).filter((name) => name.startsWith("TCP"))).toEqual([]);
}, 120_000);
