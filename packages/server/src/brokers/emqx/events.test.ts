import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseEmqxEvents } from "./events.ts";
import { eventColumns, recordedAtMs, recordedEvents } from "./testing/recorded-events.ts";

const now = recordedAtMs;
const parse = (body: unknown) =>
  parseEmqxEvents({ body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) }, now);

/** A `client.connected`; other events differ in a few columns. */
const connected = {
  event: "client.connected",
  timestamp: now,
  clientid: "c-1",
  username: "u-1",
  peername: "203.0.113.7:52918",
  sockname: "203.0.113.1:1883",
  proto_ver: 5,
  node: "emqx@n1",
  client_attrs: { device: "sensor-1", scheme: "jwt" },
};
const disconnected = { ...connected, event: "client.disconnected", reason: "tcp_closed" };
const connack = { ...connected, event: "client.connack", reason_code: "banned", client_attrs: undefined };
const authz = { ...connected, event: "client.check_authz_complete", action: "publish", topic: "t/x", result: "deny" };

describe("what EMQX 5.8.0 posted", () => {
  it("is read, every one, and what is of interest kept", () => {
    const kept: Record<string, number> = {};
    for (const { body } of recordedEvents) {
      const { events, malformed } = parse(body);
      expect(malformed).toBeUndefined();
      for (const { type, reason = "" } of events) {
        const what = `${type} ${reason}`.trim();
        kept[what] = (kept[what] ?? 0) + 1;
      }
    }
    expect(recordedEvents).toHaveLength(102);
    expect(kept).toEqual({
      connected: 35,
      "disconnected normal": 6,
      "disconnected disconnect_with_will_message": 1,
      "disconnected tcp_closed": 2,
      "disconnected discarded": 1,
      "disconnected takenover": 1,
      "disconnected keepalive_timeout": 1,
      "disconnected kicked": 1,
      "disconnected not_authorized": 1,
      "disconnected internal_error": 1,
      "connack not_authorized": 3,
      "connack unsupported_protocol_version": 1,
      "connack client_identifier_not_valid": 1,
      "publish_denied publish_denied": 1,
      "subscribe_denied subscribe_denied": 1,
    });
  });

  it("is one event for each kind, with client, address, listener and time", () => {
    const first = (type: string) =>
      recordedEvents.flatMap(({ body }) => parse(body).events).find((event) => event.type === type);
    const d1 = { broker: "emqx", deviceId: "d1", unproven: true, clientId: "d1", listener: "127.0.0.1:1883" };
    expect(first("connected")).toEqual({
      ...d1,
      type: "connected",
      at: 1_795_309_086_519,
      address: "127.0.0.1",
      detail: "MQTT 3.1.1, node emqx@127.0.0.1",
    });
    expect(first("disconnected")).toEqual({
      ...d1,
      type: "disconnected",
      reason: "normal",
      at: 1_795_309_086_721,
      address: "127.0.0.1",
      detail: "node emqx@127.0.0.1",
    });
    expect(first("connack")).toMatchObject({
      clientId: "d3",
      reason: "not_authorized",
      detail: expect.stringMatching(/^MQTT 3\.1\.1, /),
    });
    expect(first("publish_denied")).toMatchObject({
      clientId: "d10",
      topic: "nope",
      detail: "denied by http, node emqx@127.0.0.1",
    });
  });

  it("has nothing of user names, properties and payloads", () => {
    const kept = JSON.stringify(
      recordedEvents.flatMap(({ body }) => parse(body).events).map(({ result: _, ...event }) => event),
    );
    const users = new Set(recordedEvents.map(({ body }) => `"${JSON.parse(body).username}"`));
    expect(users.size).toBeGreaterThan(4);
    expect([...users].filter((user) => kept.includes(user))).toEqual([]);
    expect(kept).not.toMatch(/hello|User-Property/);
  });

  it("has the columns that are read", () => {
    const client = ["event", "timestamp", "clientid", "peername", "node"];
    const wanted = {
      client_connected: [...client, "sockname", "proto_ver", "client_attrs"],
      client_disconnected: [...client, "sockname", "reason", "client_attrs"],
      client_connack: [...client, "sockname", "proto_ver", "reason_code"],
      client_check_authz_complete: [...client, "action", "topic", "result", "authz_source", "client_attrs"],
    };
    for (const [event, columns] of Object.entries(wanted)) {
      expect(eventColumns[`$events/${event}`]).toEqual(expect.arrayContaining(columns));
    }
  });
});

it("docs/brokers/emqx.md sets up a rule for events that EMQX has and that are read, and an action for our path", () => {
  const page = readFileSync(new URL("../../../../../docs/brokers/emqx.md", import.meta.url), "utf8");
  // As the shell gives it to curl.
  const bodies = [...page.matchAll(/<<JSON\n(.*?)\nJSON\n/gs)].map(([, text = ""]) =>
    JSON.parse(text.replaceAll("\\$", "$")),
  );
  const { sql, actions } = bodies.find((body) => body.sql !== undefined) ?? expect.fail("no rule");
  const names = [...(sql as string).matchAll(/"(\$events\/\w+)"/g)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThanOrEqual(4);
  for (const name of names) {
    expect(eventColumns).toHaveProperty([name]);
    const admitted = { is_anonymous: true, reason_code: "success" };
    const body = { ...authz, ...disconnected, ...connack, event: name, ...(name.includes("authn") && admitted) };
    expect(parse(body).events).toHaveLength(1);
  }
  const action = bodies.find((body) => `http:${body.name}` === actions[0]);
  expect(action?.parameters).toEqual({ method: "post", path: "/brokers/emqx/events" });
  expect(bodies.find((body) => body.name === action?.connector)?.headers).toHaveProperty("authorization");
});

describe("the name of an event", () => {
  it.each([
    ["client.connected", "connected"],
    ["$events/client_connected", "connected"],
    ["$events/client/connected", "connected"],
  ])("%s", (event, type) => {
    expect(parse({ ...connected, event }).events).toMatchObject([{ type }]);
  });

  it.each(["client.check_authz_complete", "$events/client_check_authz_complete", "$events/auth/check_authz_complete"])(
    "%s",
    (event) => {
      expect(parse({ ...authz, event }).events).toMatchObject([{ type: "publish_denied" }]);
    },
  );

  it.each([
    "message.publish",
    "$events/session_subscribed",
    "client.check_authn_complete",
    "client.ping",
    "$events/client/ping",
    "client.toString",
    "client.__proto__",
    "connected",
  ])("%s is of no interest", (event) => {
    expect(parse({ ...connected, event, reason_code: "not_authorized" })).toEqual({ events: [], passedOver: 1 });
  });
});

describe("the device", () => {
  it("is who authentication said", () => {
    const [event] = parse(connected).events;
    expect(event).toMatchObject({ deviceId: "sensor-1", clientId: "c-1" });
    expect(event).not.toHaveProperty("unproven");
  });

  it.each([
    ["no attribute", {}, "c-1", "c-1"],
    ["an empty one", { device: "" }, "c-1", "c-1"],
    ["none at all", null, "c-1", "c-1"],
    ["a text", "device", "c-1", "c-1"],
    ["a number", { device: 5 }, "c-1", "c-1"],
    ["none, of a xiaozhi device", {}, "GID_test@@@02_00_00_00_AB_01@@@u", "02:00:00:00:ab:01"],
  ])("is only claimed with %s", (_, client_attrs, clientid, deviceId) => {
    expect(parse({ ...connected, clientid, client_attrs }).events).toMatchObject([{ deviceId, unproven: true }]);
  });

  it("may be called undefined", () => {
    expect(parse({ ...connected, clientid: "undefined" }).events).toMatchObject([{ clientId: "undefined" }]);
  });

  it("is nobody where a token or a password stands for the client id", () => {
    const token = ["eyJhbGciOiJIUzI1NiJ9", "e30", randomBytes(32).toString("base64url")].join(".");
    for (const clientid of [token, randomBytes(32).toString("base64url")]) {
      const { events } = parse({ ...connected, clientid, client_attrs: {} });
      expect(JSON.stringify(events)).not.toContain(clientid.slice(-20));
      expect(events[0]).not.toHaveProperty("deviceId");
    }
  });
});

describe("the address", () => {
  it.each([
    ["203.0.113.7:52918", "203.0.113.7"],
    ["2001:db8::1:1883", "2001:db8::1"],
    ["[2001:db8::1]:1883", "2001:db8::1"],
  ])("of %s is %s", (peername, address) => {
    expect(parse({ ...connected, peername }).events).toMatchObject([{ address }]);
  });

  it.each(["", "undefined", "x:1", "203.0.113.7", null, 5])("of %j is unknown", (peername) => {
    expect(parse({ ...connected, peername }).events[0]).not.toHaveProperty("address");
  });
});

describe("the time", () => {
  const day = 86_400_000;
  it.each([
    ["EMQX's", now - 45_000, now - 45_000],
    ["EMQX's, a little ahead", now + 5_000.7, now + 5_000],
    ["ours where it is a day behind", now - day - 1, now],
    ["ours where it is a day ahead", now + day + 1, now],
    ["ours where it is in seconds", Math.floor(now / 1000), now],
    ["ours where there is none", undefined, now],
    ["ours where it is a text", String(now), now],
    ["ours where it is no number", null, now],
  ])("is %s", (_, timestamp, at) => {
    expect(parse({ ...connected, timestamp }).events).toMatchObject([{ at }]);
  });
});

describe("what is kept of", () => {
  it("a CONNACK: what refuses", () => {
    expect(parse(connack).events).toMatchObject([
      { type: "connack", reason: "banned", detail: "MQTT 5, node emqx@n1", deviceId: "c-1", unproven: true },
    ]);
    expect(parse({ ...connack, reason_code: "success" })).toEqual({ events: [], passedOver: 1 });
    const nameless = { ...connack, clientid: "", reason_code: "client_identifier_not_valid" };
    expect(parse(nameless).events).toMatchObject([{ type: "connack" }]);
    expect(parse(nameless).events[0]).not.toHaveProperty("clientId");
  });

  it("a denied topic: which, and what denied it", () => {
    const subscribe = { ...authz, action: "subscribe", topic: `a/${"x".repeat(300)}\n`, authz_source: "default" };
    expect(parse(subscribe).events).toMatchObject([
      { type: "subscribe_denied", reason: "subscribe_denied", detail: "denied by default, node emqx@n1" },
    ]);
    expect(parse(subscribe).events[0]?.topic).toHaveLength(256);
    expect(parse({ ...authz, result: "allow" })).toEqual({ events: [], passedOver: 1 });
  });

  it("a reason that is no name: the text, shortened and printable", () => {
    const { events } = parse({ ...disconnected, reason: `{shutdown,\u001b[2J${"x".repeat(600)}}` });
    expect(events).toMatchObject([{ type: "disconnected", reason: "other" }]);
    expect(events[0]?.detail).toMatch(/^\{shutdown,\ufffd\[2Jx+…$/);
    expect(events[0]?.detail).toHaveLength(500);
  });
});

describe("whom EMQX let in without asking anybody", () => {
  const anonymous = { ...connected, event: "client.check_authn_complete", client_attrs: {}, reason_code: "success" };

  it("is a guard, about no device", () => {
    expect(parse({ ...anonymous, is_anonymous: true }).events).toEqual([
      {
        type: "guard",
        broker: "emqx",
        reason: "emqx_admitted_anonymous",
        at: now,
        clientId: "c-1",
        address: "203.0.113.7",
        detail: "node emqx@n1",
      },
    ]);
  });

  it.each([
    ["was asked about", { is_anonymous: false }],
    ["says nothing of it", {}],
    ["was refused", { is_anonymous: true, reason_code: "not_authorized" }],
    ["says it in another form", { is_anonymous: "true" }],
  ])("is not who %s", (_, columns) => {
    expect(parse({ ...anonymous, ...columns })).toEqual({ events: [], passedOver: 1 });
  });
});

describe("where an event comes from", () => {
  const originOf = (body: unknown) => parse(body).origins?.[0];

  it("is told beside it: kind, client id and who was proven", () => {
    expect(originOf(connected)).toMatchObject({
      kind: "connected",
      clientId: "c-1",
      proven: { deviceId: "sensor-1", scheme: "jwt" },
    });
    expect(originOf({ ...connected, client_attrs: { scheme: "xiaozhi-hmac" } })).not.toHaveProperty("proven");
  });

  it("is the same for an event that is sent again", () => {
    expect(originOf(connected)).toEqual(originOf(JSON.parse(JSON.stringify(connected))));
    const origin = originOf({ ...connected, timestamp: undefined });
    expect([origin?.delivery, origin?.kind]).toEqual([undefined, "connected"]);
  });

  it.each([
    ["event", { event: "client.disconnected", reason: "normal" }],
    ["node", { node: "emqx@n2" }],
    ["client id", { clientid: "c-2" }],
    ["peer", { peername: "203.0.113.7:52919" }],
    ["time", { timestamp: now + 1 }],
  ])("is another with another %s", (_, columns) => {
    expect(originOf({ ...connected, ...columns })?.delivery).not.toBe(originOf(connected)?.delivery);
  });

  it("keeps apart what one client is denied in one millisecond", () => {
    const deliveries = [{}, { topic: "t/y" }, { action: "subscribe" }].map(
      (columns) => originOf({ ...authz, ...columns })?.delivery,
    );
    expect(new Set(deliveries).size).toBe(3);
  });

  it("was found in the recording where EMQX sent an event again, and nowhere else", () => {
    const kept = recordedEvents.filter(({ body }) => parse(body).events.length > 0);
    const deliveries = new Set(kept.map(({ body }) => originOf(body)?.delivery));
    const bodies = new Set(kept.map(({ body }) => body));
    expect([kept.length, bodies.size]).toEqual([57, 47]);
    expect(deliveries.size).toBe(bodies.size);
  });
});

describe("several at once", () => {
  it("are read in their order", () => {
    expect(parse([connected, disconnected]).events.map(({ type }) => type)).toEqual(["connected", "disconnected"]);
  });

  it("are read as far as they can be, and the problem is told", () => {
    const { events, malformed } = parse([connected, 5, { ...disconnected, reason: "undefined" }, null, disconnected]);
    expect(events).toHaveLength(2);
    expect(malformed).toBe("an event is not a JSON object; disconnected: no reason");
  });
});

describe("cannot be read:", () => {
  it.each([
    ["nothing", "", "the body is not JSON in UTF-8"],
    ["half an object", '{"event":', "the body is not JSON in UTF-8"],
    ["a text", '"client.connected"', "an event is not a JSON object"],
    ["a list in a list", [[connected]], "an event is not a JSON object"],
    ["no name", { ...connected, event: undefined }, "an event has no name"],
    ["a name that is a number", { ...connected, event: 5 }, "an event has no name"],
    ["no client id", { ...connected, clientid: "" }, "connected: no clientid"],
    ["no reason code", { ...connack, reason_code: null }, "connack: no reason_code"],
    ["no topic", { ...authz, topic: "" }, "check_authz_complete: no action, topic or result that is known"],
    ["no action", { ...authz, action: "all" }, "check_authz_complete: no action, topic or result that is known"],
    ["no result", { ...authz, result: 1 }, "check_authz_complete: no action, topic or result that is known"],
  ])("%s", (_, body, malformed) => {
    expect(parse(body)).toEqual({ events: [], malformed });
  });

  it("what is not UTF-8", () => {
    const body = Buffer.concat([
      Buffer.from('{"event":"client.connected","clientid":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(parseEmqxEvents({ body }, now)).toEqual({ events: [], malformed: "the body is not JSON in UTF-8" });
  });

  it("an empty list has nothing to read", () => {
    expect(parse("[]")).toEqual({ events: [] });
  });
});
