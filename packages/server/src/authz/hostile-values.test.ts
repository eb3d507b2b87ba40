// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what is tested
import { compileAcl, type SchemeName, schemeNames, type TopicRequest } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { type AclSubject, aclValues } from "./acl-values.ts";
import { grantAcl } from "./grant-acl.ts";
import { type ProfileName, profileNames, profiles, profilesFor } from "./profiles.ts";
import { createResolveRights } from "./resolve-rights.ts";
import { deviceCalled } from "./testing/device-called.ts";
import { groupsOf } from "./testing/groups-of.ts";

const resolve = createResolveRights(groupsOf().rights);
const mac = "02:00:00:00:00:0a";
const underscored = "02_00_00_00_00_0a";

function granted(profile: ProfileName, scheme: SchemeName, subject: AclSubject) {
  const kind = profiles[profile].for === "service" ? "service" : "device";
  const device = deviceCalled(subject.device.id, { ...subject.device, kind, profile });
  return grantAcl(resolve(device, scheme, undefined), aclValues(subject));
}

const topicsOf = (...given: Parameters<typeof granted>) =>
  granted(...given)
    .rules.filter(({ permission }) => permission === "allow")
    .map(({ action, topic }) => `${action} ${topic}`);

const plain: AclSubject = {
  device: { id: mac, attributes: { hostname: "kitchen" } },
  clientId: `GID_lamp@@@${underscored}@@@uuid`,
  username: "u1",
  proven: { mac: underscored, group: "GID_lamp" },
};

describe.each(schemeNames)("with %s", (scheme) => {
  it.each([
    [
      "xiaozhi",
      [
        "publish device-server",
        `subscribe devices/p2p/${underscored}`,
        `subscribe devices/p2p/GID_lamp@@@${underscored}@@@uuid`,
      ],
    ],
    ["xiaozhi-unsigned", ["publish device-server", `subscribe devices/p2p/${underscored}`]],
    ["sensor", [`all devices/${mac}/#`]],
    [
      "esp32-guide",
      [
        "publish kitchen/status",
        "publish kitchen/sensors/#",
        "publish kitchen/light/#",
        "publish kitchen/ota/status",
        "subscribe kitchen/light/#",
        "subscribe kitchen/firmware/update",
      ],
    ],
    ["none", []],
    [
      "backend",
      ["subscribe devices/#", "subscribe device-server", "subscribe internal/server-ingest", "publish devices/#"],
    ],
    ["dashboard", ["subscribe devices/#"]],
    ["gateway", ["subscribe device-server", "subscribe internal/server-ingest", "publish devices/p2p/#"]],
    ["superuser", ["all #", "subscribe $SYS/#"]],
  ] as [ProfileName, string[]][])("the profile %s gives", (profile, topics) => {
    expect(topicsOf(profile, scheme, plain)).toEqual(topics);
  });

  it("the broker subscribes a xiaozhi device to what it may read", () => {
    expect(granted("xiaozhi", scheme, plain).subscriptions).toEqual([
      { topic: `devices/p2p/${underscored}`, qos: 0 },
      { topic: `devices/p2p/GID_lamp@@@${underscored}@@@uuid`, qos: 0 },
    ]);
    expect(granted("sensor", scheme, plain).subscriptions).toEqual([]);
  });
});

it("the MAC as the device writes it is a topic of its own", () => {
  const topics = topicsOf("xiaozhi", "xiaozhi-hmac", { ...plain, clientId: "#", proven: { mac: "02-00-00-00-00-0A" } });
  expect(topics).toEqual([
    "publish device-server",
    `subscribe devices/p2p/${underscored}`,
    "subscribe devices/p2p/02-00-00-00-00-0A",
  ]);
});

it("what was proven wins over an attribute of the same name", () => {
  const device = { id: mac, attributes: { mac: "of another", room: "hall" } };
  const topics = topicsOf("xiaozhi", "xiaozhi-hmac", { ...plain, device, clientId: "#" });
  expect(topics).toEqual(["publish device-server", `subscribe devices/p2p/${underscored}`]);
  expect(aclValues({ ...plain, device }).attrs).toEqual({ mac: underscored, group: "GID_lamp", room: "hall" });
});

const hostile = [
  "#",
  "+",
  "a/b",
  "a/#",
  "/",
  "",
  "${clientid}",
  "${username}",
  "$SYS",
  "$share",
  "p2p",
  "P2P",
  "eq x",
  "eq #",
  "a\0b",
  "a\nb",
  "\u007f",
  "\u0085",
  "\ud800",
  "devices",
  "device-server",
  "internal",
  "x".repeat(600),
  "constructor",
];

/** What belongs to others, and to nobody. */
const foreign = [
  "devices/other/up",
  "devices/p2p/02_00_00_00_00_0b",
  "devices/p2p/anything/else",
  "devices/p2p",
  "devices",
  "other/status",
  "other/sensors/t",
  "internal/server-ingest",
  "device-server/x",
  "$SYS/brokers",
  "$share/g/devices/other/up",
  "$delayed/1/devices/other/up",
  "b",
  "a/x",
  "status",
  "/status",
];
const filters = [
  "#",
  "+/#",
  "+/+/+",
  "devices/#",
  "devices/+/up",
  "devices/p2p/#",
  "devices/p2p/+",
  "$SYS/#",
  "+/status",
];

const requests: TopicRequest[] = [
  ...foreign.flatMap((topic): TopicRequest[] => [
    { action: "publish", topic, qos: 0, retain: false },
    { action: "publish", topic, qos: 1, retain: true },
    { action: "subscribe", topic, qos: 1 },
  ]),
  ...filters.map((topic): TopicRequest => ({ action: "subscribe", topic, qos: 2 })),
];

const places: [string, (value: string) => AclSubject][] = [
  ["client id", (clientId) => ({ ...plain, clientId })],
  ["user name", (username) => ({ ...plain, username })],
  ["device id", (id) => ({ ...plain, device: { id, attributes: { hostname: "kitchen" } } })],
  ["MAC that was proven", (value) => ({ ...plain, proven: { mac: value } })],
  ["attribute hostname", (hostname) => ({ ...plain, device: { id: "d", attributes: { hostname } } })],
  ["attribute mac", (value) => ({ ...plain, proven: {}, device: { id: "d", attributes: { mac: value } } })],
  ["claim hostname", (hostname) => ({ ...plain, device: { id: "d", attributes: {} }, claims: { hostname } })],
  [
    "everything",
    (value) => ({
      device: { id: value, attributes: { mac: value, hostname: value } },
      clientId: value,
      username: value,
      proven: { mac: value, group: value },
      claims: { hostname: value, sub: value },
    }),
  ],
];

describe.each(places)("a hostile %s", (_, subjectWith) => {
  it.each(hostile)("%j opens nothing of others, with any profile and scheme", (value) => {
    const seen = new Set<string>();
    for (const profile of profilesFor("device")) {
      for (const scheme of schemeNames) {
        const acl = granted(profile, scheme, subjectWith(value));
        const text = JSON.stringify([acl.rules, acl.subscriptions]);
        if (seen.has(text)) continue;
        seen.add(text);
        for (const { topic } of acl.rules) expect(topic).not.toContain("${");
        for (const { topic } of acl.subscriptions) expect(topic).not.toMatch(/[+#]|^\$/);
        const compiled = compileAcl(acl.rules);
        const open = requests.filter((request) => compiled.decide(request).allowed);
        expect(open, `${profile}, ${scheme}`).toEqual([]);
        expect(foreign.filter((topic) => compiled.mayReceive(topic))).toEqual([]);
      }
    }
  });

  it.each(hostile)("%j changes nothing for a service: it has no template", (value) => {
    for (const profile of profileNames.filter((name) => profiles[name].for === "service")) {
      expect(topicsOf(profile, "password", subjectWith(value))).toEqual(topicsOf(profile, "password", plain));
    }
  });
});

describe("names of branches that are not a device's", () => {
  it.each(["p2p", "P2P"])("a device called %s has no branch of its own, nor a client or user", (name) => {
    const subject = { device: { id: name, attributes: {} }, clientId: name, username: name };
    expect(topicsOf("sensor", "jwt", subject)).toEqual([]);
    expect(topicsOf("xiaozhi", "jwt", subject)).toEqual(["publish device-server"]);
    expect(aclValues(subject)).toEqual({ attrs: {} });
  });

  it.each(["devices", "Devices", "device-server", "internal"])("no host is called %s", (hostname) => {
    const asAttribute = { device: { id: "d", attributes: { hostname } } };
    const asClaim = { device: { id: "d", attributes: {} }, claims: { hostname } };
    for (const subject of [asAttribute, asClaim]) expect(topicsOf("esp32-guide", "jwt", subject)).toEqual([]);
  });
});

describe("the host name", () => {
  const names = (subject: AclSubject) => aclValues(subject).attrs?.["hostname"];

  it("is the registry's, else the token's", () => {
    const claims = { hostname: "claimed" };
    expect(names({ device: { id: "d", attributes: { hostname: "kept" } }, claims })).toBe("kept");
    expect(names({ device: { id: "d", attributes: {} }, claims })).toBe("claimed");
    expect(names({ device: { id: "d", attributes: {} } })).toBeUndefined();
    // A reserved one of the registry is not made good by a claim.
    expect(names({ device: { id: "d", attributes: { hostname: "devices" } }, claims })).toBeUndefined();
  });

  it.each([
    ["a list", ["x"]],
    ["a number", 7],
    ["too long", "x".repeat(257)],
    ["wild", "+"],
    ["empty", ""],
    ["null", null],
  ])("is no claim that is %s", (_, hostname) => {
    expect(names({ device: { id: "d", attributes: {} }, claims: { hostname } })).toBeUndefined();
  });

  it("is an own claim", () => {
    const claims = Object.create({ hostname: "inherited" }) as Record<string, unknown>;
    expect(names({ device: { id: "d", attributes: {} }, claims })).toBeUndefined();
  });
});
