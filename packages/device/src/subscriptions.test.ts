import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBroker } from "./testing/fake-broker.ts";
import { watchedDevice } from "./testing/watched-device.ts";

let broker: FakeBroker;
let watched: ReturnType<typeof watchedDevice>;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 5, 1) });
  broker = new FakeBroker();
  watched = watchedDevice(broker);
  await vi.advanceTimersByTimeAsync(100);
});

afterEach(async () => {
  const stopped = watched.device.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  await stopped;
  vi.useRealTimers();
});

/** The network fails; what happens while it is away; and the device is back. */
async function dropped(meanwhile: () => unknown = () => {}): Promise<void> {
  broker.current.over();
  await vi.advanceTimersByTimeAsync(1);
  meanwhile();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(watched.device.status().state).toBe("connected");
}

describe("a subscription", () => {
  it("is made on the next connection only where the broker has lost the session", async () => {
    await watched.device.subscribe("a/#");
    expect(broker.current.subscribed).toEqual(["a/#"]);
    await dropped();
    expect(broker.current.subscribed).toEqual([]);
    broker.keepsSessions = false;
    await dropped();
    expect(broker.current.subscribed).toEqual(["a/#"]);
    expect(watched.device.status().subscriptions).toEqual(["a/#"]);
  });

  it("made while offline is granted later, once, whoever asks how often", async () => {
    const granted: Promise<void>[] = [];
    await dropped(() => granted.push(watched.device.subscribe("a"), watched.device.subscribe("a")));
    await Promise.all(granted);
    expect(broker.current.subscribed).toEqual(["a"]);
  });

  it("in flight as the connection ends is asked for again on the next one, and its promise kept", async () => {
    const granted = watched.device.subscribe("a");
    await dropped();
    await granted;
    expect(broker.current.subscribed).toEqual(["a"]);
  });

  it("that is refused is told, and wanted no more; one that was granted before stays wanted", async () => {
    broker.grants = (filter) => (filter === "mine" ? 1 : 0x87);
    await watched.device.subscribe("mine");
    await expect(watched.device.subscribe("secret")).rejects.toMatchObject({
      name: "SubscriptionRefused",
      filter: "secret",
      code: 0x87,
    });
    expect(watched.problems).toEqual([
      expect.objectContaining({
        kind: "subscription_refused",
        code: 0x87,
        sentence: "The broker refuses the subscription to secret: 135 (not authorized).",
      }),
    ]);
    expect(watched.device.status().subscriptions).toEqual(["mine"]);
    // Rights that are taken, and given back.
    broker.keepsSessions = false;
    broker.grants = () => 0x80;
    await dropped();
    expect(watched.kinds()).toEqual(["subscription_refused", "connection_lost", "subscription_refused"]);
    expect(watched.device.status().subscriptions).toEqual(["mine"]);
    broker.grants = () => 1;
    await dropped();
    expect(broker.sessions.get("sensor-1")).toEqual(new Set(["mine"]));
  });

  it("to what is no filter, or with QoS 2, is refused by the device itself", async () => {
    for (const filter of ["", "a#", "a/#/b", "a+", "a\0"]) {
      await expect(watched.device.subscribe(filter)).rejects.toThrow(RangeError);
    }
    await expect(watched.device.subscribe("a", { qos: 2 as 1 })).rejects.toThrow("qos");
    expect(broker.current.subscribed).toEqual([]);
  });

  it("that nobody has granted by then is rejected by stop", async () => {
    broker.isReachable = false;
    broker.current.over();
    await vi.advanceTimersByTimeAsync(1);
    const waiting = expect(watched.device.subscribe("a")).rejects.toThrow("stopped");
    await watched.device.stop();
    await waiting;
    await expect(watched.device.subscribe("b")).rejects.toThrow("stopped");
  });
});

describe("unsubscribing", () => {
  it("resolves when the broker has confirmed it", async () => {
    await watched.device.subscribe("a");
    await watched.device.unsubscribe("a");
    expect(broker.current.unsubscribed).toEqual(["a"]);
    expect(watched.device.status().subscriptions).toEqual([]);
  });

  it("while offline tells the broker that kept the session, and no other", async () => {
    await watched.device.subscribe("a");
    await watched.device.subscribe("b");
    await dropped(() => watched.device.unsubscribe("a"));
    expect(broker.current.unsubscribed).toEqual(["a"]);
    expect(broker.sessions.get("sensor-1")).toEqual(new Set(["b"]));
    await dropped();
    expect(broker.current.unsubscribed).toEqual([]);

    broker.keepsSessions = false;
    await dropped(() => watched.device.unsubscribe("b"));
    expect(broker.current).toMatchObject({ subscribed: [], unsubscribed: [] });
  });

  it("in flight as the connection ends is told to the next one", async () => {
    await watched.device.subscribe("a");
    const gone = watched.device.unsubscribe("a");
    await dropped();
    await gone;
    expect(broker.current.unsubscribed).toEqual(["a"]);
    expect(broker.sessions.get("sensor-1")).toEqual(new Set());
  });

  it("from what is wanted again meanwhile leaves it", async () => {
    await watched.device.subscribe("a");
    let granted: Promise<void> | undefined;
    await dropped(() => {
      void watched.device.unsubscribe("a");
      granted = watched.device.subscribe("a");
    });
    await granted;
    expect(broker.current).toMatchObject({ subscribed: ["a"], unsubscribed: [] });
  });

  it("rejects who waits for the grant", async () => {
    broker.isReachable = false;
    broker.current.over();
    await vi.advanceTimersByTimeAsync(1);
    const waiting = expect(watched.device.subscribe("a")).rejects.toThrow("unsubscribed from a before");
    await watched.device.unsubscribe("a");
    await waiting;
    broker.isReachable = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(broker.current).toMatchObject({ isOpen: true, subscribed: [], unsubscribed: [] });
  });
});
