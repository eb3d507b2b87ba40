import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Device } from "./device.ts";
import type { DeviceOptions } from "./device-options.ts";
import { FakeBroker } from "./testing/fake-broker.ts";
import { watchedDevice } from "./testing/watched-device.ts";

const minute = 60_000;

let broker: FakeBroker;
const devices: Device[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 5, 1) });
  broker = new FakeBroker();
});

afterEach(async () => {
  const stopping = devices.splice(0).map((device) => device.stop());
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all(stopping);
  expect(vi.getTimerCount(), "timers left").toBe(0);
  vi.useRealTimers();
});

function start(options: Partial<DeviceOptions> = {}) {
  const watched = watchedDevice(broker, options);
  devices.push(watched.device);
  return watched;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const passwords = () => broker.attempts.map(({ password }) => password);

describe("a broker that refuses", () => {
  it.each([4, 5, 0x86, 0x87])(
    "with %i: a new token for each attempt, fewer of them, and in when it is right",
    async (code) => {
      broker.answer = () => code;
      const { device, problems, states } = start();
      // Half of up to 4 seconds, as after a second failure, and a second at least.
      await pass(2400);
      expect(broker.attempts).toHaveLength(1);
      await pass(200);
      expect(broker.attempts).toHaveLength(2);
      await pass(10 * minute);
      const attempts = broker.attempts.length;
      expect(passwords()).toEqual(Array.from({ length: attempts }, (_, index) => `token ${index + 1}`));
      // 1 → 60 s, doubled twice after the first, and half of each on average.
      expect(attempts).toBeGreaterThan(10);
      expect(attempts).toBeLessThan(27);
      expect(device.status()).toMatchObject({
        state: "waiting to try again",
        lastConnack: { code },
        failures: attempts,
      });
      expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(3);
      expect(problems[0]).toMatchObject({
        kind: "refused",
        code,
        fix: expect.stringContaining("new credential is made"),
      });
      expect(problems).toHaveLength(attempts);
      broker.answer = () => 0;
      await pass(minute + 2000);
      expect(device.status()).toMatchObject({ state: "connected", lastConnack: { code: 0, name: "accepted" } });
      await pass(2 * minute);
      expect(device.status().failures).toBe(0);
      expect(states.slice(0, 4)).toEqual([
        "getting credentials",
        "connecting",
        "waiting to try again",
        "getting credentials",
      ]);
    },
  );

  it.each([3, 0x88, 0x9f])("with %i: keeps the token, which has nothing to do with it", async (code) => {
    broker.answer = () => code;
    const { problems } = start();
    await pass(5 * minute);
    expect(new Set(passwords())).toEqual(new Set(["token 1"]));
    expect(problems[0]?.fix).not.toContain("new credential");
  });
});

describe("a broker that cannot be reached", () => {
  it("keeps the token while it is good, and gets a new one when it is not", async () => {
    broker.isReachable = false;
    broker.answer = ({ expiresAt = 0 }) => (expiresAt * 1000 > Date.now() ? 0 : 4);
    const { device, problems, kinds } = start();
    await pass(59 * minute);
    expect(new Set(passwords())).toEqual(new Set(["token 1"]));
    expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(3);
    expect(problems[0]).toMatchObject({
      kind: "unreachable",
      sentence: "The broker at broker.test cannot be reached: connect ECONNREFUSED.",
    });
    await pass(5 * minute);
    broker.isReachable = true;
    await pass(minute);
    expect(broker.current.isOpen).toBe(true);
    expect(passwords().at(-1)).toBe("token 2");
    expect(device.status().state).toBe("connected");
    // The old one was not tried any more.
    expect(new Set(kinds())).toEqual(new Set(["unreachable"]));
  });
});

describe("a second device with the same client id", () => {
  it("is named at once with MQTT 5, and both slow down", async () => {
    const one = start({ protocolVersion: 5 });
    const other = start({ protocolVersion: 5 });
    await pass(1000);
    expect([...one.problems, ...other.problems]).toEqual([
      expect.objectContaining({ kind: "taken_over", code: 0x8e, fix: expect.stringContaining("an id of its own") }),
    ]);
    const loser = one.problems.length > 0 ? one : other;
    await pass(1000);
    expect(loser.device.status()).toMatchObject({ state: "waiting to try again", lastEnd: { kind: "taken over" } });
    await pass(10 * minute);
    expect(new Set([...one.kinds(), ...other.kinds()])).toEqual(new Set(["taken_over"]));
    for (const { device } of [one, other]) expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(3);
  });

  it("is named with MQTT 3.1.1 after three connections that end soon, and both slow down", async () => {
    const one = start();
    const other = start();
    await pass(2 * minute);
    for (const { kinds } of [one, other]) {
      expect(kinds().slice(0, 3)).toEqual(["connection_lost", "connection_lost", "taken_over"]);
    }
    await pass(10 * minute);
    for (const { device } of [one, other]) {
      expect(device.status().attemptsPerMinute).toBeLessThanOrEqual(3);
      expect(device.status().lastProblem).toMatchObject({ kind: "taken_over" });
    }
  });

  it("is not suspected when the network fails, nor when connections last", async () => {
    const { kinds } = start();
    for (let drop = 0; drop < 6; drop++) {
      await pass(2 * minute);
      broker.current.over();
    }
    for (let drop = 0; drop < 6; drop++) {
      await pass(minute);
      broker.current.over({ error: new Error("Keepalive timeout") });
    }
    expect(new Set(kinds())).toEqual(new Set(["connection_lost"]));
  });
});

describe("the broker ends the connection", () => {
  it.each([
    [0x8b, "shutting down", false],
    [0x98, "kicked", false],
    [0x87, "may not be there", true],
    [0xa0, "as long as it may", true],
  ])("with DISCONNECT %i: told in words; a new token where the old one is no use", async (code, words, isNew) => {
    const { device, problems } = start({ protocolVersion: 5 });
    await pass(5 * minute);
    broker.current.over({ code });
    await pass(10_000);
    expect(problems).toEqual([
      expect.objectContaining({ kind: "connection_lost", code, sentence: expect.stringContaining(words) }),
    ]);
    expect(passwords()).toEqual(["token 1", isNew ? "token 2" : "token 1"]);
    expect(device.status()).toMatchObject({
      state: "connected",
      lastEnd: { kind: "closed by broker", code, livedSeconds: 300 },
    });
  });

  it("as the token expires: the device is back within two seconds, however often that happens", async () => {
    // Whoever hands out tokens is slow, so that each expires first.
    const slow = { refreshMarginSeconds: 0, refreshEverySeconds: 1e6 };
    broker.cutsAtExpiry = true;
    const { device, kinds } = start({
      ...slow,
      credentials: async ({ nowSeconds }) => {
        await new Promise((resolve) => setTimeout(resolve, 5000));
        return { clientId: "sensor-1", username: "u", password: "p", expiresAt: nowSeconds + 40 };
      },
    });
    await pass(20 * minute);
    expect(new Set(kinds())).toEqual(new Set(["token"]));
    // Each for the 35 s that are left of its token; 5 s for the next one, and 2 at most until it is asked for.
    expect(device.status().connects).toBeGreaterThanOrEqual(Math.floor((20 * 60) / 43));
  });
});

describe("stop", () => {
  const never = () => new Promise<never>(() => {});

  it.each<[string, number, (watched: ReturnType<typeof start>) => Promise<void>, Partial<DeviceOptions>]>([
    ["before it began", 0, async () => {}, {}],
    ["while it asks for credentials", 100, async () => void (await pass(1000)), { credentials: never }],
    [
      "while its clock is not set",
      100,
      async () => void (await pass(60_000)),
      { credentials: { name: "test", needsClock: true, get: never }, notBefore: new Date("2030-01-01") },
    ],
    [
      "while it connects",
      100,
      async () => {
        broker.isSilent = true;
        await pass(1000);
      },
      {},
    ],
    [
      "while it waits to try again",
      100,
      async () => {
        broker.isReachable = false;
        await pass(10 * minute);
      },
      {},
    ],
    ["while it is online", 100, async () => void (await pass(1000)), {}],
    [
      "while the broker owes an acknowledgement",
      2100,
      async ({ device }) => {
        await pass(1000);
        broker.acknowledges = () => false;
        device.publish("t", "owed").catch(() => {});
      },
      {},
    ],
    [
      "while the connection is dead",
      4100,
      async ({ device }) => {
        await pass(1000);
        broker.current.isDead = true;
        device.publish("t", "owed").catch(() => {});
      },
      {},
    ],
    [
      "while it refreshes",
      4100,
      async ({ device }) => {
        await pass(1000);
        broker.current.isDead = true;
        device.publish("t", "owed").catch(() => {});
        device.refresh();
        await pass(100);
        expect(device.status().state).toBe("refreshing");
      },
      {},
    ],
  ])("%s: is over within %i ms, and leaves nothing that runs", async (_when, ms, before, options) => {
    const watched = start(options);
    await before(watched);
    let isStopped = false;
    const stopped = watched.device.stop().then(() => {
      isStopped = true;
    });
    await pass(ms);
    expect(isStopped).toBe(true);
    await stopped;
    expect(vi.getTimerCount()).toBe(0);
    expect(watched.states.at(-1)).toBe("stopped");
    expect(watched.kinds().filter((kind) => kind !== "unreachable" && kind !== "clock")).toEqual([]);
    await pass(10 * minute);
    expect(broker.connections.filter(({ isOpen }) => isOpen)).toEqual([]);
  });

  it("sends what waits, keeps its word for what is acknowledged, and drops the rest by name", async () => {
    const { device } = start();
    await pass(1000);
    broker.acknowledges = ({ payload }) => new TextDecoder().decode(payload) !== "owed";
    const sent = Array.from({ length: 100 }, (_, index) => device.publish("t", `${index}`));
    const owed = device.publish("t", "owed");
    const stopped = device.stop();
    const late = device.publish("t", "late, and still in time");
    await pass(2100);
    await stopped;
    await Promise.all([...sent, late]);
    await expect(owed).rejects.toMatchObject({ name: "MessageDropped", message: "the device was stopped" });
    expect(broker.wills).toBe(0);
    await expect(device.publish("t", "too late")).rejects.toMatchObject({ name: "MessageDropped" });
  });
});

describe("credentials", () => {
  it("that have no time left are tried, and told: the broker knows better than a clock that may be wrong", async () => {
    const { device, problems } = start({
      credentials: () => ({ clientId: "sensor-1", username: "u", password: "p", expiresAt: Date.now() / 1000 - 3600 }),
    });
    await pass(10 * minute);
    expect(problems.map(({ kind }) => kind)).toEqual(Array(problems.length).fill("clock"));
    expect(device.status()).toMatchObject({ state: "connected", attempts: 11, refreshes: 10 });
  });

  it("for another client id are refused: it never changes", async () => {
    let serial = 0;
    const { device, problems } = start({
      credentials: () => ({ clientId: `sensor-${++serial}`, username: "u", password: "p" }),
    });
    await pass(1000);
    device.refresh();
    await pass(1000);
    expect(problems).toEqual([
      expect.objectContaining({ kind: "token", sentence: expect.stringContaining("another client id") }),
    ]);
    expect(device.status()).toMatchObject({ state: "connected", clientId: "sensor-1", attempts: 1 });
  });

  it("are not asked for again by whoever listens late: a refresh that is asked for while offline comes when online", async () => {
    broker.isReachable = false;
    const { device } = start();
    await pass(1000);
    device.refresh();
    broker.isReachable = true;
    await pass(5000);
    expect(passwords().slice(-2)).toEqual(["token 1", "token 2"]);
    expect(device.status()).toMatchObject({ state: "connected", refreshes: 1 });
  });

  it("wait for a clock: none are made before it is set", async () => {
    vi.setSystemTime(0);
    const get = vi.fn(({ nowSeconds }: { nowSeconds: number }) => {
      return { clientId: "sensor-1", username: "u", password: "p", expiresAt: nowSeconds + 3600 };
    });
    const { device, states, kinds } = start({ credentials: { name: "test", needsClock: true, get } });
    await pass(5 * minute);
    expect(get).not.toHaveBeenCalled();
    expect(states).toEqual(["waiting for the clock"]);
    // Once a minute, though it looks every ten seconds.
    expect(kinds()).toEqual(Array(5).fill("clock"));
    vi.setSystemTime(Date.UTC(2026, 5, 1));
    await pass(11_000);
    expect(device.status().state).toBe("connected");
    expect(get).toHaveBeenCalledTimes(1);
  });
});
