import { connectAsync } from "mqtt";
import { expect, it } from "vitest";
import { openTestBroker, until } from "./testing/open-test-broker.ts";

it("tells what is open, kept for sessions and retained, beside its bounds", async () => {
  const limits = {
    maxConnections: 20,
    maxOfflineSessions: 30,
    maxQueuedBytes: 5000,
    maxRetainedMessages: 40,
    maxRetainedBytes: 6000,
  };
  const { broker, url } = await openTestBroker({ limits });
  expect(broker.sizes()).toEqual({
    connections: { used: 0, most: 20 },
    offlineSessions: { used: 0, most: 30 },
    queuedBytes: { used: 0, most: 5000 },
    retainedMessages: { used: 0, most: 40 },
    retainedBytes: { used: 0, most: 6000 },
  });
  const options = { username: "lamp", password: "any", clean: false, reconnectPeriod: 0 };
  const away = await connectAsync(url, { ...options, clientId: "away" });
  await away.subscribeAsync("devices/lamp/#", { qos: 1 });
  await away.endAsync();
  await until("the session is offline", () => broker.sizes().offlineSessions.used === 1);
  const here = await connectAsync(url, { ...options, clientId: "here", clean: true });
  await here.publishAsync("devices/lamp/state", "x".repeat(100), { qos: 1, retain: true });
  const { connections, offlineSessions, queuedBytes, retainedMessages, retainedBytes } = broker.sizes();
  expect([connections.used, offlineSessions.used, retainedMessages.used]).toEqual([1, 1, 1]);
  expect(queuedBytes.used).toBeGreaterThan(100);
  expect(retainedBytes.used).toBeGreaterThan(100);
  await here.endAsync();
  await until("the connection is gone", () => broker.sizes().connections.used === 0);
});
