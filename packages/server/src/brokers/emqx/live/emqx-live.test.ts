import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createManagementClient } from "../management/create-management-client.ts";
import { createBanKeys } from "./ban-key.ts";
import { EmqxLive } from "./emqx-live.ts";
import { PendingDevices } from "./pending-devices.ts";
import { startScriptedEmqx } from "./testing/scripted-emqx.ts";

interface Known {
  may: "connect" | "not connect";
  clientIds?: string[];
  mayHaveTokens?: boolean;
  /** The store cannot be read. */
  isAway?: boolean;
}

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 15_000, interval: 5 });

/** Live work for a registry that is only a map. */
async function open(
  options: {
    jwt?: boolean;
    most?: number;
    lastAlive?: number;
    /** What `sub` of a token has to be. */
    sub?: string;
    /** Told while a sweep asks for all that are refused, after each. */
    afterRefused?: (id: string) => void;
    nowMs?: () => number;
  } = {},
) {
  const emqx = await startScriptedEmqx();
  const folder = mkdtempSync(join(tmpdir(), "connack-live-"));
  const told: string[] = [];
  const errors: unknown[] = [];
  const devices = new Map<string, Known>();
  const { most } = options;
  const onProblem = (sentence: string) => void told.push(sentence);
  const pending = await PendingDevices.open(join(folder, "pending.jsonl"), {
    onProblem,
    ...(most !== undefined && { most }),
  });
  const live = new EmqxLive({
    client: createManagementClient({
      url: emqx.url,
      credentials: { apiKey: "k", apiSecret: "not a real one" },
      timeoutMs: 5000,
    }),
    pending,
    banKeys: createBanKeys(
      { from: "password", verifyClaims: { sub: options.sub ?? "$" + "{clientid}" } },
      "$" + "{claims.sub}",
    ),
    keepsOut: options.jwt ?? false,
    subscribeMac: true,
    standingOf: async (id) => {
      const known = devices.get(id);
      if (known === undefined) return { may: "unknown", clientIds: [], mayHaveTokens: false };
      if (known.isAway) return { may: "unknown", isAway: true, clientIds: [], mayHaveTokens: false };
      return { clientIds: [], mayHaveTokens: false, ...known };
    },
    isRefused: (id) => devices.get(id)?.may === "not connect",
    async *refused() {
      for (const [id, { may, clientIds = [], mayHaveTokens = false }] of devices) {
        if (may === "connect") continue;
        options.afterRefused?.(id);
        yield { id, clientIds, mayHaveTokens };
      }
    },
    lastAlive: options.lastAlive,
    onCaughtUp: () => void told.push("caught up"),
    onSeen: (id, { clientId }) => void told.push(`${id} seen as ${clientId}`),
    nowMs: options.nowMs ?? Date.now,
    onEnded: (id, count) => void told.push(`${id} ${count}`),
    onError: (error) => void errors.push(error),
    onProblem,
    onNews: onProblem,
    tuning: { lookEveryMs: 200, looksMs: { refused: [200, 600], moved: [100] }, catchUpAgainMs: 100, unsettledMs: 100 },
  });
  const end = async () => {
    await live.close();
    await pending.close();
    rmSync(folder, { recursive: true, force: true });
  };
  onTestFinished(end);
  /** As the registry does it, by an operator's hand. */
  const change = (id: string, known: Known, clientIds: string[] = [], endsAnyway = false) =>
    pending.during(
      { id, clientIds, endsAnyway },
      async () => void devices.set(id, known),
      () => true,
    );
  return { emqx, live, pending, devices, told, errors, change, file: join(folder, "pending.jsonl") };
}

const refused: Known = { may: "not connect" };

describe("a device that is refused", () => {
  it("is cut by every client id it may have, whatever that is", async () => {
    const { emqx, live, change, told, pending } = await open();
    const ids = ["a/b", "50%", "GID_x@@@AA_BB@@@u", "x#y?z", "ü 设备", ".", "..", "sensor-1"];
    for (const id of [...ids, "other"]) emqx.clients.add(id);
    live.start();
    await change("sensor-1", refused, ids.slice(0, -1));
    await until(() => emqx.clients.size === 1);
    expect([...emqx.clients]).toEqual(["other"]);
    await until(() => told.includes("sensor-1 8"));
    expect([pending.size, live.state().ended]).toEqual([1, 8]);
    // EMQX would answer with all clients, and has been asked for none of them.
    expect(emqx.calls.filter((call) => /\/clients\/\.*$/.test(call))).toEqual([]);
  });

  it("is cut again when a login that was allowed before came in after the first look, and is then forgotten", async () => {
    const { emqx, live, change, pending } = await open();
    live.start();
    await change("d", refused, ["d"]);
    await until(() => emqx.calls.includes("DELETE /clients/d"));
    emqx.clients.add("d");
    await until(() => emqx.clients.size === 0);
    await until(() => pending.size === 0);
    expect(emqx.calls.filter((call) => call === "DELETE /clients/d")).toHaveLength(3);
  });

  it("and is told to be connected all the same is cut", async () => {
    const { emqx, live, devices } = await open();
    live.start();
    devices.set("d", refused);
    emqx.clients.add("new-id");
    live.told({ type: "connected" }, { kind: "connected", clientId: "new-id", proven: { deviceId: "d" } });
    await until(() => emqx.clients.size === 0);
  });

  it("is cut by a client id that only an event told of", async () => {
    const { emqx, live, devices, change } = await open();
    live.start();
    devices.set("d", { may: "connect" });
    emqx.clients.add("seen");
    live.told({ type: "connected" }, { kind: "connected", clientId: "seen", proven: { deviceId: "d" } });
    await change("d", refused);
    await until(() => emqx.clients.size === 0);
  });

  it("is cut by client ids that were given up, as it had so many", async () => {
    const { emqx, live, change } = await open();
    const kept = Array.from({ length: 31 }, (_, index) => `d-${index}`);
    for (const id of ["older", "of another", "unnamed"]) emqx.clients.add(id);
    emqx.attributes.set("older", { device: "d" }).set("of another", { device: "e" });
    live.start();
    await change("d", refused, kept);
    await until(() => !emqx.clients.has("older"));
    expect([...emqx.clients]).toEqual(["of another", "unnamed"]);
    await until(() => live.state().ended === 1);
    // It is the whole list: not asked for where there are few.
    const lists = () => emqx.calls.filter((call) => call.startsWith("GET /clients?gte")).length;
    const before = lists();
    await change("f", refused, kept.slice(2));
    await until(() => emqx.calls.includes("DELETE /clients/f"));
    expect(lists()).toBe(before);
  });

  it("is cut once, not again and again, while nobody can tell what it may", async () => {
    const { emqx, live, change, pending, devices } = await open();
    live.start();
    await change("d", { may: "connect", isAway: true });
    const cuts = () => emqx.calls.filter((call) => call === "DELETE /clients/d").length;
    await until(() => cuts() === 1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([cuts(), pending.size]).toEqual([1, 1]);
    devices.set("d", refused);
    await until(() => cuts() > 1);
  });

  it("is not kept out where EMQX asks Connack anyway", async () => {
    const { emqx, live, change } = await open();
    live.start();
    await change("d", { ...refused, mayHaveTokens: true });
    await until(() => emqx.calls.includes("DELETE /clients/d"));
    expect(emqx.bans).toEqual([]);
  });
});

it("who connected just before the last process ended is known again, and cut where it was refused meanwhile", async () => {
  const lastAlive = Date.now();
  const { emqx, live, devices, told } = await open({ lastAlive });
  for (const [id, device] of [
    ["c-1", "refused"],
    ["c-2", "fine"],
    ["c-3", undefined],
  ] as const) {
    emqx.clients.add(id);
    if (device !== undefined) emqx.attributes.set(id, { device });
  }
  devices.set("refused", refused);
  devices.set("fine", { may: "connect" });
  live.start();
  await until(() => !emqx.clients.has("c-1") && told.includes("fine seen as c-2"));
  expect([...emqx.clients]).toEqual(["c-2", "c-3"]);
  const [asked = ""] = emqx.calls.filter((call) => call.startsWith("GET /clients?gte"));
  const since = new URL(asked.slice("GET ".length), "http://emqx").searchParams.get("gte_connected_at");
  expect(lastAlive - Date.parse(since ?? "")).toBe(70_000);
});

it("a catch-up that nobody could answer is done again, and only then said to be done", async () => {
  const { emqx, live, devices, told } = await open({ lastAlive: Date.now() });
  emqx.clients.add("c-1");
  emqx.attributes.set("c-1", { device: "d" });
  devices.set("d", { may: "connect", isAway: true });
  const looks = () => emqx.calls.filter((call) => call.startsWith("GET /clients?gte")).length;
  live.start();
  await until(() => looks() > 1);
  expect([told.includes("caught up"), live.unknownSince]).toEqual([false, expect.any(Number)]);
  devices.set("d", refused);
  await until(() => emqx.clients.size === 0);
  await until(() => told.includes("caught up"));
  expect(live.unknownSince).toBeUndefined();
});

it("where there is nothing to catch up with, that is done from the start", async () => {
  const { live, told, emqx } = await open();
  await emqx.stop();
  live.start();
  expect(told).toContain("caught up");
});

describe("a device that may connect", () => {
  it("is left alone by a change that is none for it", async () => {
    const { emqx, live, change, pending } = await open();
    emqx.clients.add("d");
    live.start();
    await change("d", { may: "connect", clientIds: ["d"] });
    await until(() => pending.size === 0);
    expect([emqx.clients.size, live.state().ended]).toEqual([1, 0]);
  });

  it("is cut once where it may no longer use what it came with, and may come again", async () => {
    const { emqx, live, change, pending } = await open();
    emqx.clients.add("d");
    live.start();
    await change("d", { may: "connect", clientIds: ["d"] }, ["d"], true);
    await until(() => emqx.clients.size === 0);
    await until(() => pending.size === 0);
    expect(emqx.bans).toEqual([]);
  });
});

describe("where EMQX checks tokens by itself, a device that is refused", () => {
  const tokens: Known = { may: "not connect", mayHaveTokens: true };

  it("is kept out, and let in again", async () => {
    const { emqx, live, change } = await open({ jwt: true });
    emqx.clients.add("d");
    live.start();
    await change("d", tokens);
    await until(() => emqx.clients.size === 0);
    await until(() => emqx.bans.length === 1);
    expect(emqx.bans[0]).toMatchObject({ as: "clientid", who: "d", by: "connack" });
    await change("d", { may: "connect" });
    await until(() => emqx.bans.length === 0);
  });

  it("is let in again also when EMQX no longer does that; refused ones stay out", async () => {
    const { emqx, live, change, devices } = await open();
    const ban = (who: string) => ({ as: "clientid", who, by: "connack", until: "2999-12-31T23:59:59Z" });
    emqx.bans = [ban("a"), ban("b"), ban("c")];
    for (const id of ["a", "b"]) devices.set(id, tokens);
    devices.set("c", { may: "connect" });
    live.start();
    await until(() => emqx.bans.length === 2);
    await change("a", { may: "connect" });
    await until(() => emqx.bans.length === 1);
    expect(emqx.bans).toMatchObject([{ who: "b" }]);
  });

  it("and comes by its user name alone is cut whatever its client ids are; others of that name stay", async () => {
    const { emqx, live, change } = await open({ jwt: true, sub: "$" + "{username}" });
    for (const id of ["x", "y", "z"]) emqx.clients.add(id);
    emqx.usernames.set("x", "d").set("y", "d").set("z", "e");
    emqx.attributes.set("y", { device: "somebody Connack let in" });
    live.start();
    await change("d", tokens);
    await until(() => !emqx.clients.has("x"));
    expect([...emqx.clients]).toEqual(["y", "z"]);
    expect(emqx.bans).toMatchObject([{ as: "username", who: "d" }]);
  });

  it("is not kept out by a ban of an earlier configuration for ever", async () => {
    const { emqx, live, devices } = await open({ jwt: true, sub: "$" + "{username}" });
    const ban = (who: string, by: string) => ({ as: "clientid", who, by, until: "2999-12-31T23:59:59Z" });
    emqx.bans = [ban("d", "connack"), ban("e", "an operator")];
    devices.set("d", tokens);
    live.start();
    await until(() => emqx.bans.some(({ as }) => as === "username") && emqx.bans.length === 2);
    expect(emqx.bans.map(({ as, by }) => `${as} ${by}`).sort()).toEqual(["clientid an operator", "username connack"]);
  });

  it("is let in again although a sweep was about to keep it out", async () => {
    const letIn = (id: string) => void opened.devices.set(id, { may: "connect" });
    const opened = await open({ jwt: true, afterRefused: letIn });
    opened.devices.set("d", tokens);
    opened.live.start();
    await until(() => opened.emqx.calls.includes("DELETE /banned/clientid/d"));
    expect(opened.emqx.bans).toEqual([]);
  });

  it("that is removed is let in again when it is added anew", async () => {
    const { emqx, live, change, devices } = await open({ jwt: true });
    live.start();
    await change("d", tokens);
    await until(() => live.state().bans === 1);
    devices.set("d", { may: "connect" });
    live.added("somebody else");
    live.added("d");
    await until(() => emqx.bans.length === 0);
  });

  it("without tokens is cut, and needs no ban", async () => {
    const { emqx, live, change } = await open({ jwt: true });
    live.start();
    await change("d", refused);
    await until(() => emqx.calls.includes("DELETE /clients/d"));
    expect(emqx.bans).toEqual([]);
  });

  it("is kept out again when EMQX lost its bans, and old bans of ours go; those of others stay", async () => {
    const { emqx, live, devices } = await open({ jwt: true });
    const ban = (who: string, by: string) => ({ as: "clientid", who, by, until: "2999-12-31T23:59:59Z" });
    for (const id of ["a", "b"]) devices.set(id, tokens);
    devices.set("c", { may: "connect" });
    devices.set("e", { may: "connect" });
    emqx.bans = [ban("b", "connack"), ban("c", "connack"), ban("e", "an operator"), ban("nobody", "connack")];
    live.start();
    await until(() => emqx.bans.length === 4 && !emqx.bans.some(({ who }) => who === "c"));
    expect(emqx.bans.map(({ who }) => who).sort()).toEqual(["a", "b", "e", "nobody"]);
    // A restart nobody noticed otherwise: the time since its start is shorter than before.
    emqx.bans = [];
    emqx.uptimeMs = 0;
    await until(() => emqx.bans.length === 2);
  });
});

describe("EMQX that is away", () => {
  it("is told once, and everything is done when it is there again", async () => {
    const { emqx, live, change, told, pending } = await open();
    await emqx.stop();
    live.start();
    await until(() => live.state().reachable === false);
    for (const id of ["a", "b", "c"]) {
      emqx.clients.add(id);
      await change(id, refused);
    }
    expect([pending.size, live.state().pending]).toEqual([3, 3]);
    await emqx.start();
    await until(() => emqx.clients.size === 0);
    const warnings = told.filter((sentence) => sentence.includes("cannot be told whom to cut"));
    expect(warnings).toHaveLength(1);
    expect(told).toContainEqual(expect.stringContaining("answers again"));
    expect(live.state()).toMatchObject({ reachable: true, version: "5.8.0", nodes: 1 });
  });

  it("goes away in the middle: what was not done is done later", async () => {
    const { emqx, live, change } = await open();
    live.start();
    await until(() => live.state().reachable === true);
    emqx.fault = (call) => (call.startsWith("DELETE") ? 503 : undefined);
    emqx.clients.add("d");
    await change("d", refused);
    await until(() => live.state().reachable === false);
    emqx.fault = undefined;
    await until(() => emqx.clients.size === 0);
    expect(live.state().failed).toBe(0);
  });

  it("and this process, too: the next one does it", async () => {
    const first = await open();
    await first.emqx.stop();
    first.live.start();
    await first.change("d", refused, ["known-by-nobody-else"]);
    const { PendingDevices: again } = await import("./pending-devices.ts");
    const kept = await again.open(first.file, { onProblem: () => {} });
    expect(kept.values()).toMatchObject([{ id: "d", clientIds: ["known-by-nobody-else"] }]);
    await kept.close();
  });
});

it("a device that EMQX fails on does not stand in the way of others, and is tried again", async () => {
  const { emqx, live, change, errors } = await open();
  emqx.fault = (call) => (call === "DELETE /clients/bad" ? 500 : undefined);
  for (const id of ["bad", "good"]) emqx.clients.add(id);
  live.start();
  await change("bad", refused);
  await change("good", refused);
  await until(() => !emqx.clients.has("good") && errors.length > 0);
  expect([live.state().reachable, live.state().failed]).toEqual([true, 1]);
  emqx.fault = undefined;
  await until(() => emqx.clients.size === 0);
});

it("when more is pending than is kept by name, all refused devices are looked at", async () => {
  const { emqx, live, change, pending } = await open({ most: 5 });
  await emqx.stop();
  live.start();
  for (let index = 0; index < 40; index++) {
    emqx.clients.add(`d${index}`);
    await change(`d${index}`, refused);
  }
  expect([pending.size, pending.hasAll]).toEqual([5, true]);
  await emqx.start();
  await until(() => emqx.clients.size === 0 && !pending.hasAll);
});

it("a person's kick says how many, and rejects where EMQX is away", async () => {
  const { emqx, live } = await open();
  for (const id of ["a", "b", ".", "other"]) emqx.clients.add(id);
  expect(await live.kick("d", ["a", "b", ".", "gone"])).toBe(3);
  await emqx.stop();
  await expect(live.kick("d", ["a"])).rejects.toMatchObject({ problem: "unreachable" });
});

describe("a xiaozhi device", () => {
  const clientId = "GID_test@@@AA_BB_CC_DD_EE_FF@@@u";
  const origin = (more: object = {}) => ({
    kind: "connected",
    clientId,
    proven: { deviceId: "aa:bb:cc:dd:ee:ff", scheme: "xiaozhi-hmac" },
    ...more,
  });

  it("is subscribed to where it is answered, when it is told to be connected", async () => {
    const { emqx, live } = await open();
    emqx.clients.add(clientId);
    live.start();
    live.told({ type: "connected" }, origin());
    await until(() => live.state().subscriptions.done === 1);
    expect(emqx.subscriptions.get(clientId)).toEqual([
      "devices/p2p/AA_BB_CC_DD_EE_FF",
      "devices/p2p/aa_bb_cc_dd_ee_ff",
    ]);
  });

  it("is subscribed also when its connection was told to the process before this one", async () => {
    const { emqx, live, devices } = await open({ lastAlive: Date.now() });
    emqx.clients.add(clientId).add("foreign");
    emqx.attributes.set(clientId, { device: "aa:bb:cc:dd:ee:ff" }).set("foreign", { device: "aa:bb:cc:dd:ee:ff" });
    devices.set("aa:bb:cc:dd:ee:ff", { may: "connect" });
    live.start();
    await until(() => live.state().subscriptions.done === 1);
    expect([...emqx.subscriptions.keys()]).toEqual([clientId]);
  });

  it("is subscribed once EMQX is there again; one that is gone is not", async () => {
    const { emqx, live } = await open();
    await emqx.stop();
    live.start();
    emqx.clients.add(clientId);
    live.told({ type: "connected" }, origin());
    live.told({ type: "connected" }, origin({ clientId: "GID_test@@@aa:bb:cc:dd:ee:ff@@@gone" }));
    expect(live.state().subscriptions.waiting).toBe(2);
    await emqx.start();
    await until(() => live.state().subscriptions.waiting === 0);
    await until(() => live.state().subscriptions.gone === 1 && live.state().subscriptions.done === 1);
    expect(live.state().subscriptions).toMatchObject({ done: 1, gone: 1, dropped: 0 });
  });

  it.each([
    { minutes: 11, why: "is found when EMQX was away for so long that nobody waits for it", subscribed: [clientId] },
    { minutes: 9, why: "is not looked for after a shorter absence, as it waits", subscribed: [] },
  ])("$why", async ({ minutes, subscribed }) => {
    let later = 0;
    const { emqx, live, devices } = await open({ nowMs: () => Date.now() + later });
    live.start();
    await until(() => live.state().reachable === true);
    await emqx.stop();
    await until(() => live.state().reachable === false);
    const awaySince = live.state().since;
    emqx.clients.add(clientId);
    emqx.attributes.set(clientId, { device: "aa:bb:cc:dd:ee:ff" });
    devices.set("aa:bb:cc:dd:ee:ff", { may: "connect" });
    later = minutes * 60_000;
    emqx.calls.length = 0;
    await emqx.start();
    await until(() => live.state().reachable === true);
    await until(() => emqx.calls.filter((call) => call.startsWith("GET /nodes")).length > 2);
    await until(() => live.state().subscriptions.done === subscribed.length);
    expect([...emqx.subscriptions.keys()]).toEqual(subscribed);
    const [asked = "/"] = emqx.calls.filter((call) => call.startsWith("GET /clients?gte"));
    const since = new URL(asked.slice("GET ".length), "http://emqx").searchParams.get("gte_connected_at");
    expect(since).toBe(subscribed.length === 0 ? null : new Date(awaySince - 70_000).toISOString());
  });

  it.each([
    ["came in by another scheme", origin({ proven: { deviceId: "aa:bb:cc:dd:ee:ff", scheme: "jwt" } })],
    [
      "is another than its client id says",
      origin({ proven: { deviceId: "00:00:00:00:00:01", scheme: "xiaozhi-hmac" } }),
    ],
    ["nobody proved", origin({ proven: undefined })],
    ["has another client id", origin({ clientId: "aa:bb:cc:dd:ee:ff" })],
  ])("that %s is not", async (_, from) => {
    const { live } = await open();
    live.told({ type: "connected" }, from);
    expect(live.state().subscriptions.waiting).toBe(0);
  });

  it("is not subscribed by any other event", async () => {
    const { live } = await open();
    live.told({ type: "disconnected" }, origin());
    expect(live.state().subscriptions.waiting).toBe(0);
  });

  it("waits with fifty thousand others at most, and is counted beyond", async () => {
    const { live } = await open();
    for (let index = 0; index < 50_010; index++) {
      live.told({ type: "connected" }, origin({ clientId: `GID_test@@@AA_BB_CC_DD_EE_FF@@@${index}` }));
    }
    expect(live.state().subscriptions).toMatchObject({ waiting: 50_000, dropped: 10 });
  });
});
