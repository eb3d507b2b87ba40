import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBroker } from "./testing/fake-broker.ts";
import { watchedDevice } from "./testing/watched-device.ts";

let broker: FakeBroker;
let watched: ReturnType<typeof watchedDevice>;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 5, 1) });
  broker = new FakeBroker();
});

afterEach(async () => {
  const stopped = watched.device.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  await stopped;
  vi.useRealTimers();
});

describe("publish", () => {
  it("rejects what is no message, and never throws", async () => {
    watched = watchedDevice(broker);
    for (const topic of ["", "a/+", "a/#", "a\0b", "x".repeat(65_536)]) {
      await expect(watched.device.publish(topic, "x")).rejects.toThrow(RangeError);
    }
    await expect(watched.device.publish("t", 21.5 as unknown as string)).rejects.toThrow(TypeError);
    await expect(watched.device.publish(undefined as unknown as string, "x")).rejects.toThrow(TypeError);
    await expect(watched.device.publish("t", "x", { qos: 2 as 1 })).rejects.toThrow("qos");
  });

  it("refuses a message that is larger than the whole queue, and keeps those that wait", async () => {
    broker.isReachable = false;
    watched = watchedDevice(broker, { queue: { bytes: 100 } });
    const waiting = watched.device.publish("t", "small");
    await expect(watched.device.publish("t", "x".repeat(100))).rejects.toThrow(
      "101 bytes with its topic, and the queue takes 100",
    );
    expect(watched.device.status().queue).toEqual({ length: 1, bytes: 6, underWay: 0, dropped: 0 });
    broker.isReachable = true;
    await vi.advanceTimersByTimeAsync(10_000);
    await waiting;
    expect(watched.kinds()).not.toContain("queue_full");
  });

  it("drops the oldest where there are too many, counts them, and tells it once until the queue was empty", async () => {
    broker.isReachable = false;
    watched = watchedDevice(broker, { queue: { messages: 3 } });
    // Nobody looks at these promises: that must not end the program.
    const fill = () => {
      for (const text of ["1", "2", "3", "4", "5"]) void watched.device.publish("t", text);
    };
    fill();
    await vi.advanceTimersByTimeAsync(0);
    expect(watched.device.status().queue).toMatchObject({ length: 3, dropped: 2 });
    expect(watched.kinds().filter((kind) => kind === "queue_full")).toHaveLength(1);
    broker.isReachable = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(broker.received).toEqual(["3", "4", "5"]);
    broker.isReachable = false;
    broker.current.over();
    await vi.advanceTimersByTimeAsync(1);
    fill();
    expect(watched.device.status().queue).toMatchObject({ length: 3, dropped: 4 });
    expect(watched.kinds().filter((kind) => kind === "queue_full")).toHaveLength(2);
  });

  it("keeps bytes of its own: the program may use its array again", async () => {
    watched = watchedDevice(broker);
    const bytes = new TextEncoder().encode("before");
    const sent = watched.device.publish("t", bytes);
    bytes.fill(0);
    await vi.advanceTimersByTimeAsync(100);
    await sent;
    expect(broker.received).toEqual(["before"]);
  });

  it("of very many messages with QoS 0 sends them in order, once", async () => {
    watched = watchedDevice(broker, { queue: { messages: 20_000 } });
    const texts = Array.from({ length: 20_000 }, (_, index) => `${index}`);
    const sent = texts.map((text) => watched.device.publish("t", text, { qos: 0 }));
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all(sent);
    expect(broker.received).toEqual(texts);
  });

  it("sends what was under way again after a drop, before what came later; but QoS 0 at most once", async () => {
    watched = watchedDevice(broker);
    await vi.advanceTimersByTimeAsync(100);
    broker.acknowledges = () => false;
    const one = watched.device.publish("t", "one");
    const zero = watched.device.publish("t", "zero", { qos: 0 });
    const two = watched.device.publish("t", "two");
    broker.current.over();
    await expect(zero).rejects.toMatchObject({ name: "MessageDropped" });
    const three = watched.device.publish("t", "three");
    broker.acknowledges = () => true;
    await vi.advanceTimersByTimeAsync(10_000);
    await Promise.all([one, two, three]);
    expect(broker.received).toEqual(["one", "zero", "two", "one", "two", "three"]);
  });
});

describe("events and status", () => {
  it("tell whoever listens from the start each state, in order", async () => {
    watched = watchedDevice(broker);
    expect(watched.device.status()).toMatchObject({ state: "getting credentials", attempts: 0 });
    await vi.advanceTimersByTimeAsync(100);
    watched.device.refresh();
    await vi.advanceTimersByTimeAsync(100);
    await watched.device.stop();
    expect(watched.states).toEqual([
      ...["getting credentials", "connecting", "connected"],
      ...["refreshing", "connecting", "connected", "stopped"],
    ]);
  });

  it("hold figures, the last problem with its time, and no secret", async () => {
    const secret = "hunter2-hunter2";
    broker.answer = ({ password }) => (password === "" ? 0 : 5);
    watched = watchedDevice(broker, {
      clientId: "sensor-1",
      credentials: ({ nowSeconds }) => ({
        clientId: "sensor-1",
        username: "u",
        password: secret,
        expiresAt: nowSeconds + 3600,
      }),
    });
    await vi.advanceTimersByTimeAsync(500);
    const { heapBytes, ...status } = watched.device.status();
    expect(heapBytes).toBeGreaterThan(1e6);
    expect(status).toMatchInlineSnapshot(`
      {
        "attempts": 1,
        "attemptsPerMinute": 1,
        "clientId": "sensor-1",
        "clock": {
          "isPlausible": true,
          "nowSeconds": 1780272000,
        },
        "connects": 0,
        "credentials": {
          "provider": "own function",
        },
        "failures": 1,
        "lastConnack": {
          "code": 5,
          "isCredential": true,
          "meaning": "The broker does not let this device in; many brokers also say so when user name or password are wrong or expired.",
          "name": "not authorized",
        },
        "lastProblem": {
          "atSeconds": 1780272000,
          "code": 5,
          "fix": "A new credential is made for the next attempt. Why this one was refused: connack device timeline <id>, or the broker's log.",
          "kind": "refused",
          "sentence": "The broker refused the connection: 5 (not authorized). The broker does not let this device in; many brokers also say so when user name or password are wrong or expired.",
        },
        "queue": {
          "bytes": 0,
          "dropped": 0,
          "length": 0,
          "underWay": 0,
        },
        "refreshes": 0,
        "state": "waiting to try again",
        "subscriptions": [],
      }
    `);
    expect(JSON.stringify([status, watched.problems])).not.toContain(secret);
  });
});
