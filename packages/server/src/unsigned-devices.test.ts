import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectRequest, compileAcl, type SchemeName } from "@connack/credentials";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "./config/load-config.ts";
import { houseStatus } from "./house-status.ts";
import { type House, openHouse } from "./open-house.ts";
import type { IssuedCredential } from "./operations/issue-credential.ts";
import { runOperation } from "./operations/operations.ts";

const now = Date.UTC(2026, 0, 2);
const on = { "credentials.xiaozhiHmac.acceptUnsigned": true };
const emptyPartsToo = { ...on, "credentials.xiaozhiHmac.acceptEmptyParts": true };
const parent = mkdtempSync(join(tmpdir(), "connack-unsigned-"));
const houses = new Map<string, Promise<House>>();
afterAll(async () => {
  for (const house of houses.values()) await (await house).close();
  rmSync(parent, { recursive: true });
});

let devices = 0;

/** A house of that configuration, shared with other tests, and a MAC of one's own in it. */
async function enter(overrides: Record<string, unknown>) {
  const key = JSON.stringify(overrides);
  const dataDir = join(parent, String(houses.size));
  const loaded = loadConfig({ env: {}, cwd: parent, overrides: { dataDir, ...overrides } });
  const opened = houses.get(key) ?? openHouse({ loaded, nowMs: () => now });
  houses.set(key, opened);
  const house = await opened;
  const part = `02_00_00_00_0a_${(++devices).toString(16).padStart(2, "0")}`;
  const mac = part.replaceAll("_", ":");
  const unsigned: ConnectRequest = { clientId: `GID_lamp@@@${part}`, username: "", password: "" };
  const run = (name: string, input: object) => runOperation(house, name, { id: mac, ...input });
  return {
    house,
    part,
    mac,
    unsigned,
    run,
    add: (...schemes: SchemeName[]) => run("device.add", { schemes }),
    async issue(scheme: SchemeName, device = mac): Promise<ConnectRequest> {
      const issued = (await runOperation(house, "credential.issue", { device, scheme })) as IssuedCredential;
      return { clientId: issued.clientId, username: issued.username, password: issued.password };
    },
  };
}

describe("switched off, as it is by default", () => {
  it.each([
    [{}, "missing_credentials"],
    [{ username: "e30=", password: "x" }, "bad_client_id"],
  ])("nobody comes in, registered or not, and the operator learns of the switch: %j", async (login, reason) => {
    const { house, unsigned, add } = await enter({});
    const refused = { result: "deny", reason, detail: expect.stringContaining("xiaozhiHmac.acceptUnsigned") };
    expect(await house.decideConnect({ ...unsigned, ...login })).toMatchObject(refused);
    await add("xiaozhi-unsigned");
    expect(await house.decideConnect({ ...unsigned, ...login })).toMatchObject(refused);
    expect(house.warnings()).toEqual([]);
  });

  it("also when it is on and the section around it is off", async () => {
    const { house, unsigned, add } = await enter({ ...on, "credentials.xiaozhiHmac.enabled": false });
    await add("xiaozhi-unsigned");
    expect(await house.decideConnect(unsigned)).toMatchObject({ result: "deny", reason: "missing_credentials" });
    expect(house.warnings()).toEqual([expect.stringContaining("does nothing")]);
  });
});

describe("a device that an operator has added for it", () => {
  it.each(["-", "_", ":"])("is known by its MAC, however that was written: %s", async (separator) => {
    const { house, mac, unsigned, run } = await enter(on);
    const id = mac.toUpperCase().replaceAll(":", separator);
    await run("device.add", { id, schemes: ["xiaozhi-unsigned"] });
    expect(await house.decideConnect(unsigned)).toMatchObject({ result: "allow", deviceId: mac });
  });

  it("connects with the least rights, whatever group, user name and password it sends", async () => {
    const { house, mac, part, unsigned, add } = await enter(on);
    await add("xiaozhi-unsigned");
    for (const request of [unsigned, { clientId: `admin@@@${part}`, username: "u", password: "left over" }]) {
      expect(await house.decideConnect(request)).toMatchObject({
        result: "allow",
        deviceId: mac,
        scheme: "xiaozhi-unsigned",
        clientAttrs: { mac: part, device: mac, scheme: "xiaozhi-unsigned" },
      });
    }
  });

  it("may publish to the server and have its replies, and nothing else", async () => {
    const { house, mac, part, unsigned, add } = await enter(on);
    await add("xiaozhi-unsigned");
    const decision = await house.decideConnect(unsigned);
    const acl = compileAcl(decision.result === "allow" ? decision.acl : []);
    const may = (action: "publish" | "subscribe", topic: string) =>
      acl.decide({ action, topic, qos: 0, retain: false }).allowed;
    expect(may("publish", "device-server")).toBe(true);
    expect(may("subscribe", `devices/p2p/${part}`)).toBe(true);
    const others = [
      ...[`devices/${mac}/hello`, `devices/${mac}/#`, `devices/${part}/x`, `devices/p2p/${unsigned.clientId}`],
      ...[`devices/p2p/${mac}`, "devices/p2p/02_00_00_00_00_00", "devices/p2p/#", "devices/p2p/+", "#", "$SYS/#"],
    ];
    for (const topic of others)
      expect([topic, may("publish", topic), may("subscribe", topic)]).toEqual([topic, false, false]);
    expect([may("subscribe", "device-server"), may("publish", `devices/p2p/${part}`)]).toEqual([false, false]);
  });

  it.each([
    ["disable", "device_disabled"],
    ["revoke", "device_revoked"],
    ["remove", "device_removed"],
  ])("is kept out with %s", async (operation, reason) => {
    const { house, unsigned, add, run } = await enter(on);
    await add("xiaozhi-unsigned");
    await run(`device.${operation}`, {});
    expect(await house.decideConnect(unsigned)).toMatchObject({ result: "deny", reason });
  });

  it("may not sign unless that is allowed too; signed and unsigned then have different rights", async () => {
    const { house, unsigned, add, run, issue } = await enter(on);
    await add("xiaozhi-unsigned");
    const signed = await issue("xiaozhi-hmac");
    expect(await house.decideConnect(signed)).toMatchObject({ reason: "scheme_not_allowed" });
    await run("device.set", { schemes: ["xiaozhi-unsigned", "xiaozhi-hmac"] });
    const [one, other] = [await house.decideConnect(signed), await house.decideConnect(unsigned)];
    expect([one, other]).toMatchObject([
      { result: "allow", scheme: "xiaozhi-hmac" },
      { result: "allow", scheme: "xiaozhi-unsigned" },
    ]);
  });

  it("has its client ids for itself, also before it has ever connected", async () => {
    const { house, part, unsigned, add, run, issue } = await enter(emptyPartsToo);
    await add("xiaozhi-unsigned");
    await run("device.add", { id: "mallory", schemes: ["jwt"] });
    const jwt = await issue("jwt", "mallory");
    for (const clientId of [unsigned.clientId, `@@@${part}@@@x`, `@@@${part}`]) {
      expect(await house.decideConnect({ ...jwt, clientId })).toMatchObject({
        reason: "client_id_in_use",
        deviceId: "mallory",
      });
    }
    expect(await house.decideConnect(unsigned)).toMatchObject({ result: "allow" });
  });
});

describe("everybody else", () => {
  it.each(["enrol", "approve", "refuse"])("is never enrolled, and takes no room: %s", async (enrolment) => {
    const { house, mac, unsigned } = await enter({ ...on, "devices.enrolment": enrolment });
    for (const options of [{ dryRun: true }, {}]) {
      expect(await house.decideConnect(unsigned, options)).toEqual({
        result: "deny",
        reason: "device_unknown",
        detail: expect.stringContaining(`connack device add ${mac} --scheme xiaozhi-unsigned`),
        hints: [],
        scheme: "xiaozhi-unsigned",
        claimedId: mac,
      });
    }
    expect(house.registry.counters()).toMatchObject({ sightingsWaiting: 0, enrolmentsWaiting: 0 });
    await house.registry.flush();
    expect(await house.registry.find(mac)).toBeUndefined();
  });

  it("does not come in where the device signs: no way down from a signature", async () => {
    const { house, mac, unsigned, issue } = await enter(on);
    const signed = await issue("xiaozhi-hmac");
    expect(await house.decideConnect(signed)).toMatchObject({ result: "allow", scheme: "xiaozhi-hmac" });
    const refused = await house.decideConnect(unsigned);
    expect(refused).toMatchObject({ result: "deny", reason: "scheme_not_allowed", scheme: "xiaozhi-unsigned" });
    // It has proven nothing, so the refusal is nobody's; the device's entry tells of it all the same.
    expect(refused).not.toHaveProperty("deviceId");
    await house.registry.flush();
    expect(await house.registry.find(mac)).toMatchObject({
      schemes: ["xiaozhi-hmac"],
      clientIds: [signed.clientId],
      lastRefusal: { reason: "scheme_not_allowed" },
    });
    expect(await house.decideConnect(signed)).toMatchObject({ result: "allow" });
  });

  it.each([
    [() => "GID_gateway@@@mqtt_gateway", "bad_client_id"],
    [() => "g@@@#", "bad_client_id"],
    [(part: string) => `g@@@${part.toUpperCase()}`, "bad_client_id"],
    [(part: string) => `@@@${part}`, "bad_client_id"],
    [(part: string) => `g@@@${part}@@@x`, "missing_credentials"],
    [(part: string) => `@@@${part}@@@`, "missing_credentials"],
  ])("does not come in with another client id: %s", async (clientIdOf, reason) => {
    const { house, part, unsigned, add } = await enter(emptyPartsToo);
    await add("xiaozhi-unsigned");
    const request = { ...unsigned, clientId: clientIdOf(part) };
    expect(await house.decideConnect(request)).toMatchObject({ result: "deny", reason });
  });

  it("is not this scheme's business with a JWT as password", async () => {
    const { house, unsigned, add, run, issue } = await enter(on);
    await add("xiaozhi-unsigned");
    await run("device.add", { id: "sensor-1", schemes: ["jwt"] });
    const { username, password } = await issue("jwt", "sensor-1");
    const broken = `${password.slice(0, -4)}AAAA`;
    expect(await house.decideConnect({ clientId: unsigned.clientId, username, password: broken })).toMatchObject({
      scheme: "jwt",
      reason: "bad_signature",
    });
  });
});

it("is told at every occasion while it is on", async () => {
  const { house } = await enter(on);
  const warned = [expect.stringMatching(/acceptUnsigned is on: .*WITHOUT ANY PROOF/)];
  expect(house.warnings()).toEqual(warned);
  expect((await houseStatus(house)).warnings).toEqual(warned);
});
