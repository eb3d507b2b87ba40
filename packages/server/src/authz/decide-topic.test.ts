// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import type { TopicQuestion } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { type Device, deviceStatuses } from "../registry/device.ts";
import { StoreUnavailable } from "../registry/device-registry.ts";
import { createDecideTopic, type DecideTopicParts } from "./decide-topic.ts";
import { createResolveRights } from "./resolve-rights.ts";
import type { Rights } from "./rights.ts";
import { deviceCalled } from "./testing/device-called.ts";
import { groupsOf } from "./testing/groups-of.ts";

const mac = "02:00:00:00:00:0a";
const underscored = "02_00_00_00_00_0a";
const errors: unknown[] = [];

function decider(devices: Device[], groups: Record<string, Rights> = {}, parts: Partial<DecideTopicParts> = {}) {
  return createDecideTopic({
    findDevice: async (id) => devices.find((device) => device.id === id),
    resolveRights: createResolveRights(groupsOf(groups).rights),
    onError: (error) => errors.push(error),
    ...parts,
  });
}

function publish(topic: string, more: Partial<TopicQuestion> = {}): TopicQuestion {
  return {
    deviceId: "d",
    clientId: "c",
    username: "u",
    attributes: {},
    request: { action: "publish", topic, qos: 1, retain: false },
    ...more,
  };
}

describe("the answer", () => {
  it("names the rule that decided, and where it comes from", async () => {
    const rules = [{ permission: "deny", action: "publish", topics: ["devices/d/secret"], qos: [1] } as const];
    const decide = decider([deviceCalled("d", { rules })]);
    expect(await decide(publish("devices/d/up"))).toEqual({
      result: "allow",
      deviceId: "d",
      rule: { permission: "allow", action: "all", topic: "devices/d/#" },
      from: "profile sensor",
    });
    expect(await decide(publish("devices/d/secret"))).toEqual({
      result: "deny",
      deviceId: "d",
      reason: "publish_denied",
      detail: "device d, rule 1",
      rule: { permission: "deny", action: "publish", topic: "devices/d/secret", qos: [1] },
      from: "device d, rule 1",
    });
    expect(await decide(publish("", { request: { action: "subscribe", topic: "devices/e/#", qos: 0 } }))).toMatchObject(
      {
        reason: "subscribe_denied",
        from: "closing rule: what nothing allows is denied",
        rule: { permission: "deny", topic: "#" },
      },
    );
    expect(await decide(publish("$share/g/a"))).toEqual({
      result: "deny",
      deviceId: "d",
      reason: "publish_denied",
      detail: "no rule speaks about it",
    });
  });

  it("is that of the device that authentication named, not of the one that the client id names", async () => {
    const decide = decider([deviceCalled("d"), deviceCalled("c")]);
    expect(await decide(publish("devices/c/up"))).toMatchObject({ result: "deny" });
    expect(await decide(publish("devices/c/up", { deviceId: "c", clientId: "d" }))).toMatchObject({ result: "allow" });
  });

  it("looks at QoS, retain and the user name", async () => {
    const rules = [
      { permission: "allow", action: "publish", topics: ["of/${username}"], qos: [0], retain: true } as const,
    ];
    const decide = decider([deviceCalled("d", { rules, profile: "none" })]);
    const asked = async (more: object, username = "u") =>
      (
        await decide(
          publish("", { username, request: { action: "publish", topic: "of/u", qos: 0, retain: true, ...more } }),
        )
      ).result;
    expect(await asked({})).toBe("allow");
    expect([
      await asked({ qos: 1 }),
      await asked({ retain: false }),
      await asked({}, "v"),
      await asked({}, "#"),
    ]).toEqual(Array(4).fill("deny"));
  });

  it("has the rights of the group, and the host name that the broker was told", async () => {
    const groups: Record<string, Rights> = { rooms: { profile: "esp32-guide", rules: [] } };
    const decide = decider([deviceCalled("d", { group: "rooms" })], groups);
    expect(await decide(publish("kitchen/status", { attributes: { hostname: "kitchen" } }))).toMatchObject({
      result: "allow",
      from: "profile esp32-guide",
    });
    for (const hostname of ["devices", "+", "other"]) {
      expect((await decide(publish("kitchen/status", { attributes: { hostname } }))).result).toBe("deny");
    }
    expect((await decide(publish("kitchen/status"))).result).toBe("deny");
  });
});

describe("who may nothing", () => {
  it("is nobody that is not registered", async () => {
    expect(await decider([])(publish("devices/d/up"))).toMatchObject({ result: "deny", reason: "device_unknown" });
  });

  it.each(deviceStatuses.filter((status) => status !== "active"))("is a device that is %s", async (status) => {
    const decide = decider([deviceCalled("d", { status })]);
    expect(await decide(publish("devices/d/up"))).toMatchObject({ result: "deny", reason: `device_${status}` });
  });

  it("is a device whose scheme the broker does not name, or names as another", async () => {
    const decide = decider([deviceCalled("d", { schemes: ["jwt", "password"] })]);
    const asked = async (scheme?: string) =>
      decide(publish("devices/d/up", { attributes: scheme === undefined ? {} : { scheme } }));
    expect(await asked("password")).toMatchObject({ result: "allow" });
    for (const scheme of [undefined, "", "client-certificate", "xiaozhi-hmac", "constructor"]) {
      expect(await asked(scheme)).toMatchObject({ result: "deny", reason: "scheme_not_allowed" });
    }
    // With one scheme only there is nothing to name.
    expect((await decider([deviceCalled("d")])(publish("devices/d/up"))).result).toBe("allow");
    expect(await decider([deviceCalled("d", { schemes: [] })])(publish("devices/d/up"))).toMatchObject({
      reason: "scheme_not_allowed",
    });
  });
});

describe("a xiaozhi device", () => {
  const device = deviceCalled(mac, { schemes: ["xiaozhi-hmac", "xiaozhi-unsigned"] });
  const groups: Record<string, Rights> = {
    GID_lamp: { rules: [{ permission: "allow", action: "publish", topics: ["lamps/${attrs.group}"] }] },
  };
  const ask = (clientId: string, scheme: string, topic: string, known: Device = device) => {
    const attributes = { scheme };
    const request = topic.startsWith("devices/p2p/")
      ? ({ action: "subscribe", topic, qos: 0 } as const)
      : ({ action: "publish", topic, qos: 0, retain: false } as const);
    return decider([known], groups)({ deviceId: mac, clientId, username: "u", attributes, request });
  };
  const signed = `GID_lamp@@@${underscored}@@@uuid`;

  it("has its own topics, and those of the group that its signed client id names", async () => {
    for (const topic of ["device-server", `devices/p2p/${underscored}`, `devices/p2p/${signed}`, "lamps/GID_lamp"]) {
      expect(await ask(signed, "xiaozhi-hmac", topic), topic).toMatchObject({ result: "allow" });
    }
    expect(await ask(signed, "xiaozhi-hmac", "devices/p2p/02_00_00_00_00_0b")).toMatchObject({ result: "deny" });
  });

  it("has its group's rights by the registry's word first", async () => {
    const moved = { ...device, group: "other" };
    expect(await ask(signed, "xiaozhi-hmac", "lamps/GID_lamp", moved)).toMatchObject({ result: "deny" });
  });

  it("cannot choose its group where nothing is signed", async () => {
    const unsigned = `GID_lamp@@@${underscored}`;
    expect(await ask(unsigned, "xiaozhi-unsigned", "device-server")).toMatchObject({ result: "allow" });
    expect(await ask(unsigned, "xiaozhi-unsigned", "lamps/GID_lamp")).toMatchObject({ result: "deny" });
    const grouped = { ...device, group: "GID_lamp" };
    // Its group is the registry's word; the name of the group is not.
    expect(await ask(unsigned, "xiaozhi-unsigned", "lamps/GID_lamp", grouped)).toMatchObject({
      result: "deny",
      detail: expect.stringContaining("closing"),
    });
    expect(await ask(unsigned, "xiaozhi-unsigned", `devices/p2p/${unsigned}`)).toMatchObject({ result: "deny" });
  });

  it.each(["c", "", `GID_lamp@@@02_00_00_00_00_0b@@@uuid`, `a/#@@@${underscored}@@@x`, "GID_lamp@@@@@@x"])(
    "has nothing with the client id %j, which is not its own",
    async (clientId) => {
      for (const scheme of ["xiaozhi-hmac", "xiaozhi-unsigned"]) {
        expect(await ask(clientId, scheme, "device-server")).toMatchObject({
          result: "deny",
          reason: "client_id_in_use",
        });
      }
    },
  );

  it("may be called otherwise than by a MAC", async () => {
    const odd = deviceCalled("odd", { schemes: ["xiaozhi-hmac"] });
    const request = { action: "subscribe", topic: "devices/p2p/odd", qos: 0 } as const;
    const question = { deviceId: "odd", clientId: "g@@@odd@@@x", username: "u", attributes: {}, request };
    expect(await decider([odd])(question)).toMatchObject({ result: "allow" });
  });
});

describe("when things go wrong", () => {
  it("the store being away is a refusal", async () => {
    const away = () => {
      throw new StoreUnavailable("missing", "The file is gone.");
    };
    const rejecting = () => Promise.reject(new StoreUnavailable("locked", "It is locked."));
    for (const findDevice of [away, rejecting]) {
      expect(await decider([], {}, { findDevice })(publish("devices/d/up"))).toMatchObject({
        result: "deny",
        reason: "store_unavailable",
        detail: expect.stringMatching(/^registry (missing|locked): /),
      });
    }
    const groupsAway = decider([deviceCalled("d", { group: "g" })], {}, { resolveRights: away });
    expect(await groupsAway(publish("devices/d/up"))).toMatchObject({ reason: "store_unavailable" });
    expect(errors).toEqual([]);
  });

  it("an error that nobody expected is a refusal, and is told", async () => {
    const broken = new TypeError("broken");
    const findDevice = () => {
      throw broken;
    };
    expect(await decider([], {}, { findDevice })(publish("devices/d/up"))).toEqual({
      result: "deny",
      deviceId: "d",
      reason: "internal_error",
      detail: "unexpected error",
    });
    expect(errors.splice(0)).toEqual([broken]);
  });
});
