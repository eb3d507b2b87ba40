import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Device } from "./device.ts";
import { FakeBroker } from "./testing/fake-broker.ts";
import { watchedDevice } from "./testing/watched-device.ts";

const minute = 60_000;
const hour = 60 * minute;

let broker: FakeBroker;
const devices: Device[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 5, 1) });
  broker = new FakeBroker();
  // By a clock that steps of the device's do not touch.
  const startMs = Date.now() - performance.now();
  broker.nowMs = () => startMs + performance.now();
});

afterEach(async () => {
  const stopping = devices.splice(0).map((device) => device.stop());
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all(stopping);
  expect(vi.getTimerCount(), "timers left").toBe(0);
  vi.useRealTimers();
});

type Watched = ReturnType<typeof watchedDevice>;
function start(...args: Parameters<typeof watchedDevice> extends [unknown, ...infer Rest] ? Rest : never): Watched {
  const watched = watchedDevice(broker, ...args);
  devices.push(watched.device);
  return watched;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** The clock of the machine says something else; what counts time does not. */
const stepClock = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Publishes every ten seconds for so long, and adds what was promised. */
async function publishFor(device: Device, ms: number, promised: Promise<void>[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10_000) {
    promised.push(device.publish("t", `${promised.length}`));
    await pass(10_000);
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

describe("planned refresh", () => {
  it("comes before the token ends, for ten hours: no will, no problem, each message once", async () => {
    broker.cutsAtExpiry = true;
    const { device, kinds } = start();
    const promised: Promise<void>[] = [];
    await publishFor(device, 10 * hour, promised);
    await Promise.all(promised);
    expect(broker.received).toEqual(numbers(3600));
    // Every 1800 s, less half of the tenth that is left to chance.
    expect(device.status()).toMatchObject({ refreshes: Math.floor(36_000 / 1710), attempts: 22, failures: 0 });
    expect({ wills: broker.wills, problems: kinds() }).toEqual({ wills: 0, problems: [] });
    expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(1);
  });

  it("waits a bounded time for what the broker never acknowledges, and sends it again", async () => {
    const { device } = start();
    await pass(100);
    broker.acknowledges = ({ payload }) => new TextDecoder().decode(payload) !== "owed";
    const settled: string[] = [];
    const owed = device.publish("t", "owed").then(() => settled.push("owed"));
    await device.publish("t", "before");
    device.refresh();
    await pass(100);
    expect(device.status().state).toBe("refreshing");
    const during = device.publish("t", "during");
    await pass(2000);
    await during;
    expect(device.status()).toMatchObject({ state: "connected", refreshes: 1 });
    expect(settled).toEqual([]);
    expect(broker.received).toEqual(["owed", "before", "owed", "during"]);
    broker.acknowledges = () => true;
    device.refresh();
    await pass(3000);
    await owed;
    expect(settled).toEqual(["owed"]);
    expect(broker.wills).toBe(0);
  });

  it("that finds no broker loses nothing", async () => {
    const { device, kinds } = start();
    await pass(100);
    broker.isReachable = false;
    device.refresh();
    const promised: Promise<void>[] = [];
    await publishFor(device, 5 * minute, promised);
    expect(kinds()).toContain("unreachable");
    broker.isReachable = true;
    await pass(minute);
    await Promise.all(promised);
    expect(broker.received).toEqual(numbers(30));
    // The new token is good: it is not asked for again.
    expect(new Set(broker.attempts.map(({ password }) => password))).toEqual(new Set(["token 1", "token 2"]));
  });
});

describe("a token endpoint that is down", () => {
  it("for a minute: the connection stays, the endpoint is asked now and then, nothing is lost", async () => {
    let isDown = false;
    let asked = 0;
    const { device, problems } = start({
      credentials: ({ nowSeconds }) => {
        asked++;
        if (isDown) throw new Error("connect ECONNREFUSED");
        return { clientId: "sensor-1", username: "u", password: `${asked}`, expiresAt: nowSeconds + 120 };
      },
    });
    broker.cutsAtExpiry = true;
    const promised: Promise<void>[] = [];
    await publishFor(device, 40_000, promised);
    isDown = true;
    asked = 0;
    await publishFor(device, minute, promised);
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThanOrEqual(7);
    expect(problems.every(({ kind, sentence }) => kind === "token" && sentence.includes("ECONNREFUSED"))).toBe(true);
    expect(device.status()).toMatchObject({ state: "connected", attempts: 1, failures: asked });
    isDown = false;
    await publishFor(device, 2 * minute, promised);
    await Promise.all(promised);
    expect(broker.received).toEqual(numbers(22));
    expect(device.status()).toMatchObject({ state: "connected", failures: 0 });
    expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(3);
  });

  it.each([4, 5] as const)(
    "until the broker cuts at exp (MQTT version %i): back soon after it answers",
    async (protocolVersion) => {
      let isDown = false;
      const { device, kinds, problems } = start({
        protocolVersion,
        credentials: async ({ nowSeconds, signal }) => {
          if (isDown) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          return { clientId: "sensor-1", username: "u", password: "p", expiresAt: nowSeconds + 600 };
        },
      });
      broker.cutsAtExpiry = true;
      const promised: Promise<void>[] = [];
      await publishFor(device, 4 * minute, promised);
      isDown = true;
      await publishFor(device, 10 * minute, promised);
      expect(device.status()).toMatchObject({ attempts: 1, lastEnd: { kind: "expired", livedSeconds: 600 } });
      expect(problems.find(({ sentence }) => sentence.includes("expired"))).toMatchObject({ kind: "token" });
      expect(kinds()).not.toContain("taken_over");
      isDown = false;
      await publishFor(device, 2 * minute, promised);
      await Promise.all(promised);
      expect(new Set(broker.received)).toEqual(new Set(numbers(96)));
      expect(device.status()).toMatchObject({ state: "connected", queue: { dropped: 0 } });
      expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(2);
    },
  );
});

describe("a token endpoint that does not answer", () => {
  it("is let go as the connection ends, and does not keep the device from connecting with what still holds", async () => {
    const signals: AbortSignal[] = [];
    const { device, kinds } = start({
      credentials: ({ nowSeconds, signal }) => {
        signals.push(signal);
        if (signals.length > 1) return new Promise(() => {});
        return { clientId: "sensor-1", username: "u", password: "p", expiresAt: nowSeconds + 3600 };
      },
    });
    await pass(minute);
    device.refresh();
    await pass(1000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    broker.current.over();
    await pass(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    await pass(2000);
    expect(device.status()).toMatchObject({ state: "connected", connects: 2 });
    expect(kinds()).toEqual(["connection_lost"]);
  });

  it("from the start is asked less and less often", async () => {
    let asked = 0;
    const { device, states } = start({
      credentials: () => {
        asked++;
        throw new Error("down");
      },
    });
    await pass(10 * minute);
    expect(asked).toBeGreaterThan(10);
    expect(asked).toBeLessThan(30);
    expect(device.status()).toMatchObject({ attempts: 0, failures: asked, state: "waiting to try again" });
    expect(states.slice(0, 3)).toEqual(["getting credentials", "waiting to try again", "getting credentials"]);
  });
});

describe("a clock that is set", () => {
  /** Tokens by the device's clock; the broker looks at them by its own. */
  const judgeTokens = () => {
    broker.answer = ({ expiresAt = 0 }) => (expiresAt * 1000 > broker.nowMs() ? 0 : 4);
  };

  it("forward by an hour: looks at the connection, connects with a new token at once, loses nothing", async () => {
    judgeTokens();
    const { device, problems } = start();
    const promised: Promise<void>[] = [];
    await publishFor(device, minute, promised);
    stepClock(hour);
    await publishFor(device, minute, promised);
    await Promise.all(promised);
    expect(broker.connections.map(({ checks }) => checks)).toEqual([1, 0]);
    expect(device.status()).toMatchObject({ refreshes: 1, attempts: 2, attemptsPerMinute: 1 });
    expect(problems).toEqual([
      expect.objectContaining({ kind: "clock", sentence: expect.stringContaining("forward by 3600 s") }),
    ]);
    expect(broker.received).toEqual(numbers(12));
    expect(broker.wills).toBe(0);
  });

  it("back by an hour: refreshes as planned; a token that is refused is made anew until the clock is right", async () => {
    judgeTokens();
    const { device, kinds } = start({
      credentials: ({ nowSeconds }) => ({
        clientId: "sensor-1",
        username: "u",
        password: "p",
        expiresAt: nowSeconds + 3600,
      }),
    });
    const promised: Promise<void>[] = [];
    await publishFor(device, minute, promised);
    stepClock(-hour);
    await publishFor(device, 26 * minute, promised);
    expect(device.status()).toMatchObject({ state: "connected", refreshes: 0 });
    expect(kinds()).toEqual(["clock"]);
    await publishFor(device, 10 * minute, promised);
    expect(device.status()).toMatchObject({ refreshes: 1, lastConnack: { code: 4, isCredential: true } });
    expect(
      kinds()
        .slice(1)
        .every((kind) => kind === "refused"),
    ).toBe(true);
    expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(3);
    stepClock(hour);
    await publishFor(device, 2 * minute, promised);
    await Promise.all(promised);
    expect(device.status().state).toBe("connected");
    expect(broker.received).toEqual(numbers(promised.length));
  });

  it("back by an hour, with a server to ask: no token is ever refused", async () => {
    judgeTokens();
    const asked = vi.fn(async () => new Response(null, { headers: { date: new Date(broker.nowMs()).toUTCString() } }));
    vi.stubGlobal("fetch", asked);
    try {
      const provider = {
        name: "test",
        needsClock: true,
        get: ({ nowSeconds }: { nowSeconds: number }) => {
          return { clientId: "sensor-1", username: "u", password: "p", expiresAt: nowSeconds + 3600 };
        },
      };
      const { device, kinds } = start({ credentials: provider, timeUrl: "https://time.test/" });
      await pass(minute);
      expect(asked).not.toHaveBeenCalled();
      stepClock(-hour);
      await pass(hour);
      expect(asked).toHaveBeenCalledTimes(1);
      expect(kinds()).toEqual(["clock"]);
      expect(device.status()).toMatchObject({ refreshes: 2, attempts: 3, lastConnack: { code: 0 } });
      expect(Math.abs((device.status().clock.offsetMs ?? 0) - hour)).toBeLessThan(1500);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("a machine that slept for two hours", () => {
  it("refreshes at once over a connection that is gone, and sends again what that one swallowed", async () => {
    const { device, kinds } = start();
    const promised: Promise<void>[] = [];
    await publishFor(device, minute, promised);
    broker.current.isDead = true;
    stepClock(2 * hour);
    promised.push(device.publish("t", `${promised.length}`));
    await pass(20_000);
    await Promise.all(promised);
    expect(broker.connections.map(({ checks }) => checks)).toEqual([1, 0]);
    expect(device.status()).toMatchObject({ state: "connected", refreshes: 1, attemptsPerMinute: 1 });
    expect(kinds()).toEqual(["clock"]);
    expect(broker.received).toEqual(numbers(7));
  });

  it("is noticed also by a clock that went on meanwhile, as timers come late", async () => {
    let asleepMs = 0;
    const { device } = start({
      // A token that does not end: nothing but the sleep is a reason to look.
      credentials: () => ({ clientId: "sensor-1", username: "u", password: "p" }),
      testing: { nowMs: () => Date.now() + asleepMs, monotonicMs: () => performance.now() + asleepMs },
    });
    await pass(minute);
    expect(broker.current.checks).toBe(0);
    asleepMs = 2 * hour;
    broker.current.isDead = true;
    await pass(10_000);
    expect(broker.current.checks).toBe(1);
    await pass(minute);
    expect(device.status()).toMatchObject({ state: "connected", connects: 2, lastEnd: { kind: "lost" } });
  });
});
