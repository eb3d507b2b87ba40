import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NewAuditEvent } from "../audit/audit-event.ts";
import { operations, runOperation } from "./operations.ts";
import { openTestHouse, type TestHouse } from "./testing/open-test-house.ts";

/** Operations that more than viewers are needed for, and that change nothing. */
const changesNothing: Record<string, string> = {
  "credential.explain": "reads; what is pasted into it may be a secret",
  "token.list": "reads",
  "backup.look": "asks how far the copy is, whose begin was told",
  "backup.end": "deletes the copy, whose begin was told",
};

const password = randomBytes(12).toString("base64url");
const rule = { permission: "allow", action: "publish", topics: ["a/b"] } as const;
const anything = expect.any(String);
const iso = "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z";

type Step = [operation: string, input: Record<string, unknown>, rows: { deviceId?: string; detail: unknown }[]];
const on = (deviceId: string, detail: unknown) => ({ deviceId, detail });

/** One after the other in one house; what each leaves in the audit. */
const story: Step[] = [
  ["device.add", { id: "sensor-1" }, [on("sensor-1", "added, active; schemes: jwt")]],
  [
    "device.add",
    {
      ...{ id: "AA-BB-CC-00-00-01", schemes: ["xiaozhi-hmac", "password"], status: "pending", group: "lamps" },
      ...{ clientIds: ["c-1", "c-2"], password: { text: password } },
    },
    [
      on(
        "aa:bb:cc:00:00:01",
        "added, pending; schemes: xiaozhi-hmac, password; group lamps; 2 client ids; with a password",
      ),
    ],
  ],
  ["device.approve", { id: "AA_BB_CC_00_00_01" }, [on("aa:bb:cc:00:00:01", "status pending → active")]],
  ["device.approve", { id: "aa:bb:cc:00:00:01" }, []],
  ["device.disable", { id: "sensor-1" }, [on("sensor-1", "status active → disabled")]],
  ["device.disable", { id: "sensor-1" }, []],
  ["device.enable", { id: "sensor-1" }, [on("sensor-1", "status disabled → active")]],
  [
    "device.set",
    { id: "sensor-1", schemes: ["jwt", "password"], group: "lamps", attributes: { room: "hall", floor: "1" } },
    [on("sensor-1", "schemes: jwt, password; group lamps; attributes: room, floor")],
  ],
  ["device.set", { id: "sensor-1", schemes: ["jwt", "password"], group: "lamps", attributes: { room: "hall" } }, []],
  [
    "device.set",
    { id: "sensor-1", group: null, attributes: { room: "attic" }, clientIds: ["c-9"], minKeyGeneration: 1 },
    [on("sensor-1", "minKeyGeneration 1; no group; attributes: room; 1 client id")],
  ],
  ["device.set", { id: "sensor-1", password: { text: password } }, [on("sensor-1", "new password")]],
  ["device.set", { id: "sensor-1" }, []],
  [
    "credential.issue",
    { device: "sensor-1", scheme: "jwt", expiresIn: 60 },
    [on("sensor-1", expect.stringMatching(`^credential issued \\(jwt, key jwt-1\\), expires ${iso}$`))],
  ],
  [
    "credential.issue",
    { device: "02:00:00:00:00:02", scheme: "xiaozhi-hmac", add: true },
    [
      on("02:00:00:00:00:02", "added, active; schemes: xiaozhi-hmac"),
      on("02:00:00:00:00:02", "credential issued (xiaozhi-hmac, key hmac-1), never expires"),
    ],
  ],
  ["credential.issue", { device: "sensor-1", scheme: "password" }, [on("sensor-1", "new password")]],
  ["credential.issue", { device: "02:00:00:00:00:02", scheme: "xiaozhi-unsigned" }, []],
  ["credential.issue", { device: "sensor-1", scheme: "client-certificate" }, []],
  ["acl.set", { id: "sensor-1", profile: "sensor", rules: [rule, rule] }, [on("sensor-1", "rules: 2, profile sensor")]],
  ["acl.set", { id: "sensor-1", profile: "sensor", rules: [rule, rule] }, []],
  ["acl.set", { id: "sensor-1", rules: [rule], append: true }, [on("sensor-1", "rules: 3, profile sensor")]],
  [
    "acl.set",
    { id: "sensor-1", clear: true, kick: true },
    [on("sensor-1", "rules: 0, no profile"), on("sensor-1", "2 connections ended")],
  ],
  ["acl.set", { group: "lamps", rules: [rule] }, [{ detail: "group lamps: rules: 1, no profile" }]],
  ["acl.set", { group: "lamps", rules: [rule] }, []],
  [
    "acl.set",
    { group: "lamps", clear: true, kick: true },
    [{ detail: "group lamps: rules: 0, no profile" }, { detail: "group lamps: 1 connection ended" }],
  ],
  ["acl.set", { group: "lamps", clear: true }, []],
  ["device.kick", { id: "sensor-1" }, [on("sensor-1", "2 connections ended")]],
  ["device.kick", { id: "02:00:00:00:00:02" }, []],
  ["device.kick", { group: "lamps" }, [{ detail: "group lamps: 1 connection ended, of 1 device" }]],
  ["device.kick", { group: "nobody" }, []],
  [
    "service.add",
    { name: "backend", profile: "backend", rules: [rule] },
    [on("backend", "added; rules: 1, profile backend")],
  ],
  ["service.rotate", { name: "backend" }, [on("backend", "new password; the former one ended")]],
  [
    "service.rotate",
    { name: "backend", grace: 60 },
    [on("backend", expect.stringMatching(`^new password; the former one holds until ${iso}$`))],
  ],
  ["service.kick", { name: "backend" }, [on("backend", "1 connection ended")]],
  ["service.disable", { name: "backend" }, [on("backend", "status active → disabled")]],
  ["service.disable", { name: "backend" }, []],
  ["service.enable", { name: "backend" }, [on("backend", "status disabled → active")]],
  ["service.remove", { name: "backend" }, [on("backend", "status active → removed")]],
  ["service.remove", { name: "backend" }, []],
  [
    "service.lend",
    { subscribe: ["a/#", "b"] },
    [on(expect.stringMatching(/^cli-[0-9a-f]{24}$/), "credential for one connection: subscribe to a/#, b")],
  ],
  [
    "service.lend",
    { publish: { topic: "a/b", qos: 1, retain: false } },
    [on(anything, "credential for one connection: publish to a/b")],
  ],
  ["key.add", { scheme: "jwt", algorithm: "ES256" }, [{ detail: "key jwt-2 added (ES256)" }]],
  ["key.remove", { id: "jwt-2" }, [{ detail: "key jwt-2 removed (ES256)" }]],
  ["device.revoke", { id: "sensor-1" }, [on("sensor-1", "status active → revoked")]],
  ["device.revoke", { id: "sensor-1" }, []],
  ["device.remove", { id: "sensor-1" }, [on("sensor-1", "status revoked → removed")]],
  ["device.remove", { id: "sensor-1" }, []],
  ["device.add", { id: "sensor-1" }, [on("sensor-1", "added, active; schemes: jwt")]],
];

let test: TestHouse;
const recorded: NewAuditEvent[] = [];

beforeAll(async () => {
  test = await openTestHouse({
    connected: [
      { deviceId: "sensor-1", clientId: "c-9" },
      { deviceId: "sensor-1", clientId: "c-10" },
      { deviceId: "aa:bb:cc:00:00:01", clientId: "c-1" },
      { deviceId: "backend", clientId: "backend" },
    ],
    listeners: { mqtt: "mqtt://127.0.0.1:1883" },
  });
  test.house.audit.record = (event) => void recorded.push(event);
});
afterAll(() => test.close());

/** Runs one operation, and gives back what it answered and what it left in the audit. */
async function run(name: string, input: unknown) {
  recorded.length = 0;
  const output = await test.run(name, input);
  return { output, rows: [...recorded] };
}

/** Everything that must be in no row. */
const secrets = new Set([password]);
function keepSecrets(output: unknown): void {
  const { password: made, token } = output as { password?: string; token?: string };
  for (const secret of [made, token]) if (secret) secrets.add(secret);
}

describe("what is kept of", () => {
  const all: string[] = [];

  it.each(story)("%s (step %$)", async (name, input, expected) => {
    const { output, rows } = await run(name, input);
    keepSecrets(output);
    all.push(JSON.stringify(rows));
    expect(rows).toEqual(expected.map((row) => ({ type: "change", reason: name, actor: "cli", ...row })));
  });

  it("all of them has no secret", () => {
    expect(secrets.size).toBeGreaterThan(5);
    for (const secret of secrets) expect(all.join("\n")).not.toContain(secret);
  });
});

it("names who had it done", async () => {
  recorded.length = 0;
  await runOperation(test.house, "device.disable", { id: "sensor-1" }, { name: "api:ci", role: "operator" });
  expect(recorded).toMatchObject([{ reason: "device.disable", actor: "api:ci" }]);
});

it.each([
  ["bad input", "device.add", {}, { name: "cli", role: "admin" } as const],
  ["a device that is there", "device.add", { id: "sensor-1" }, { name: "cli", role: "admin" } as const],
  ["a device that is not", "device.revoke", { id: "nobody" }, { name: "cli", role: "admin" } as const],
  ["a role that is too small", "device.remove", { id: "sensor-1" }, { name: "api:ci", role: "viewer" } as const],
])("keeps nothing of what was refused: %s", async (_, name, input, by) => {
  recorded.length = 0;
  await expect(runOperation(test.house, name, input, by)).rejects.toThrow();
  expect(recorded).toEqual([]);
});

it("two that revoke at once have changed it once", async () => {
  await test.run("device.add", { id: "sensor-2" });
  recorded.length = 0;
  await Promise.all([1, 2].map(() => test.run("device.revoke", { id: "sensor-2" })));
  expect(recorded).toMatchObject([{ deviceId: "sensor-2", detail: "status active → revoked" }]);
});

describe("every operation that needs more than a viewer", () => {
  const told = new Set(story.filter(([, , rows]) => rows.length > 0).map(([name]) => name));

  it.each(operations.filter(({ role }) => role !== "viewer").map((each) => [each.name, each] as const))(
    "%s tells what it changed, or changes nothing",
    (name, { change }) => {
      const tells = change !== undefined || told.has(name);
      expect(tells).toBe(!Object.hasOwn(changesNothing, name));
    },
  );

  it("and the list of those that change nothing names no other", () => {
    const names = operations.map(({ name }) => name);
    expect(Object.keys(changesNothing).filter((name) => !names.includes(name))).toEqual([]);
  });

  it("and no viewer's operation changes anything", () => {
    const viewers = operations.filter(({ role }) => role === "viewer");
    expect(viewers.filter(({ name, change }) => change !== undefined || told.has(name))).toEqual([]);
  });
});
