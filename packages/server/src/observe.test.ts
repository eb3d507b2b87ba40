import { randomBytes } from "node:crypto";
import type { DenyDecision } from "@connack/credentials";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { NewAuditEvent } from "./audit/audit-event.ts";
import { silentAudit } from "./audit/testing/silent-audit.ts";
import { EventCounts } from "./brokers/emqx/live/event-counts.ts";
import type { ToldByBroker } from "./http/events-route.ts";
import { createObserver, type ObserverOptions } from "./observe.ts";
import type { Device } from "./registry/device.ts";
import type { Metrics } from "./telemetry/metrics.ts";

function open(options: ObserverOptions = {}, nowMs = () => 1_000_000) {
  const recorded: NewAuditEvent[] = [];
  const lines: Record<string, unknown>[] = [];
  const counted: unknown[][] = [];
  const metrics = {
    decided: ({ decision }) => void counted.push([decision.result]),
    topicDenied: (...what) => void counted.push(what),
  } as Metrics;
  const audit = { ...silentAudit, record: (event: NewAuditEvent) => void recorded.push(event) };
  const logger = pino({ base: null, level: "debug" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const registry = { peek: (id: string) => (id === "u" ? { device: {} as Device } : undefined) };
  const observer = createObserver({ nowMs, audit, metrics, registry }, logger, () => "ignore", options);
  return { observer, recorded, lines, counted };
}

const request = { clientId: "c-1", username: "u", password: randomBytes(8).toString("hex"), peerHost: "203.0.113.7" };
const denied: DenyDecision = {
  ...{ result: "deny", reason: "bad_password", detail: "", hints: [] },
  ...{ scheme: "password", claimedId: "u" },
};
const refusal = (clientId: string, reason = "not_authorized"): NewAuditEvent => ({
  type: "connack",
  broker: "emqx",
  reason,
  clientId,
});
const told = (...events: NewAuditEvent[]) => ({ broker: "emqx", events });

describe("a decision", () => {
  it("is logged with MQTT Auth, counted, and kept", () => {
    const { observer, recorded, lines, counted } = open();
    observer.decision({ broker: "emqx", decision: denied, request, latencyMs: 1 });
    expect(lines).toMatchObject([{ msg: expect.stringContaining("MQTT Auth") }]);
    expect(counted).toEqual([["deny"]]);
    expect(recorded).toMatchObject([{ type: "connect", result: "deny", reason: "bad_password", deviceId: "u" }]);
  });
});

it("a user name that no device has is kept nowhere: it may be a password in the wrong field", () => {
  const { observer, recorded, lines } = open();
  const claimedId = `chosen ${randomBytes(6).toString("hex")}`;
  observer.decision({ broker: "emqx", decision: { ...denied, claimedId }, request, latencyMs: 1 });
  expect(recorded).toMatchObject([{ type: "connect", reason: "bad_password" }]);
  expect(JSON.stringify([recorded, lines])).not.toContain(claimedId);
});

describe("a denied topic", () => {
  it("is logged, counted, and kept", () => {
    const { observer, recorded, lines, counted } = open();
    observer.topicDenied({
      broker: "emqx",
      decision: { result: "deny", deviceId: "d", reason: "publish_denied", detail: "rule 1" },
      question: {
        ...{ deviceId: "d", clientId: "c-1", username: "u", attributes: {} },
        request: { action: "publish", topic: "t/x", qos: 0, retain: false },
      },
    });
    expect(lines).toHaveLength(1);
    expect(counted).toEqual([["emqx", "publish", "publish_denied"]]);
    expect(recorded).toMatchObject([{ type: "publish_denied", deviceId: "d", topic: "t/x" }]);
  });
});

describe("an event of the embedded broker", () => {
  const peer = { clientId: "c-1", peerHost: "203.0.113.7" };

  it("is logged and kept", () => {
    const { observer, recorded, lines } = open();
    observer.embeddedEvent({ type: "disconnected", deviceId: "d", reason: "by_client", ...peer });
    expect(lines).toHaveLength(1);
    expect(recorded).toMatchObject([{ type: "disconnected", broker: "embedded", reason: "by_client", deviceId: "d" }]);
  });

  it("is kept once when it is a refusal of ours", () => {
    const { observer, recorded } = open();
    observer.decision({ broker: "embedded", decision: denied, request, latencyMs: 1 });
    observer.embeddedEvent({ type: "refused", reason: "bad_password", by: "decision", ...peer });
    observer.embeddedEvent({ type: "refused", reason: "client_id_in_use", by: "broker", ...peer });
    expect(recorded.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      "connect bad_password",
      "connack client_id_in_use",
    ]);
  });
});

describe("what a broker told", () => {
  it("is logged and kept; what it denied is a warning and counted", () => {
    const { observer, recorded, lines, counted } = open();
    const publish: NewAuditEvent = { type: "publish_denied", broker: "emqx", reason: "publish_denied", topic: "t" };
    observer.toldByBroker(told({ type: "connected", broker: "emqx", deviceId: "d", at: 5 }, publish, refusal("x")));
    expect(recorded.map(({ type }) => type)).toEqual(["connected", "publish_denied", "connack"]);
    expect(recorded[0]).toMatchObject({ at: 5, deviceId: "d" });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [20, "emqx: connected"],
      [40, "emqx: it denied a publish"],
      [40, "emqx: it refused a CONNECT"],
    ]);
    expect(counted).toEqual([["emqx", "publish", "publish_denied"]]);
  });

  it("is not kept again when it is the refusal that we decided on", () => {
    const { observer, recorded, lines } = open();
    observer.decision({ broker: "emqx", decision: denied, request, latencyMs: 1 });
    observer.toldByBroker(told(refusal("c-1")));
    expect(recorded).toHaveLength(1);
    expect(lines).toHaveLength(1);
    observer.toldByBroker(told(refusal("c-1")));
    expect(recorded.map(({ type }) => type)).toEqual(["connect", "connack"]);
  });

  it.each([
    ["of another client", "c-2", "not_authorized"],
    ["for another reason than ours can be", "c-1", "banned"],
    ["over what we answered", "c-1", "bad_username_or_password"],
  ])("is kept when it is a refusal %s", (_, clientId, reason) => {
    const { observer, recorded } = open();
    observer.decision({ broker: "emqx", decision: denied, request, latencyMs: 1 });
    observer.toldByBroker(told(refusal(clientId, reason)));
    expect(recorded.map(({ type }) => type)).toEqual(["connect", "connack"]);
  });

  it("is kept when we allowed it, or refused it at the embedded broker", () => {
    const { observer, recorded } = open();
    const allowed = { result: "allow", deviceId: "d", scheme: "jwt", acl: [], clientAttrs: {} } as const;
    observer.decision({ broker: "emqx", decision: { ...allowed, acl: [] }, request, latencyMs: 1 });
    observer.decision({ broker: "embedded", decision: denied, request, latencyMs: 1 });
    observer.toldByBroker(told(refusal("c-1")));
    expect(recorded.map(({ type }) => type)).toEqual(["connect", "connect", "connack"]);
  });

  it("and could not be read is a guard", () => {
    const { observer, recorded, lines } = open();
    const problem = { reason: "malformed_request", detail: "connected: no clientid" } as const;
    observer.toldByBroker({ broker: "emqx", events: [], problem });
    expect(recorded).toEqual([{ type: "guard", broker: "emqx", ...problem }]);
    expect(lines).toMatchObject([{ level: 40, ...problem }]);
  });

  it("does not fill the log", () => {
    const { observer, recorded, lines } = open();
    for (let index = 0; index < 500; index++) observer.toldByBroker(told(refusal(`c${index}`)));
    expect(recorded).toHaveLength(500);
    expect(lines).toHaveLength(20);
  });
});

describe("a broker that tells over HTTP", () => {
  const connected = (delivery: string, clientId = "c"): ToldByBroker => ({
    broker: "emqx",
    events: [{ type: "connected", broker: "emqx", clientId }],
    origins: [{ kind: "connected", delivery, clientId, proven: { deviceId: "d", scheme: "jwt" } }],
  });

  it("and tells the same again is listened to once", () => {
    const counts = new EventCounts();
    const acted: string[] = [];
    const onBrokerEvent: ObserverOptions["onBrokerEvent"] = ({ type }) => void acted.push(type);
    const { observer, recorded, lines } = open({ counts, onBrokerEvent });
    for (const delivery of ["1", "1", "2", "1", "2"]) observer.toldByBroker(connected(delivery));
    expect([recorded.length, acted.length, lines.length]).toEqual([2, 2, 2]);
    expect([counts.doubled, counts.kinds.get("connected")]).toEqual([3, 5]);
  });

  it("and tells a refusal of ours twice does not use up that of another", () => {
    const { observer, recorded } = open();
    const refused = (delivery: string): ToldByBroker => ({
      ...told(refusal("c-1")),
      origins: [{ kind: "connack", delivery, clientId: "c-1" }],
    });
    for (const _ of [1, 2]) observer.decision({ broker: "emqx", decision: denied, request, latencyMs: 1 });
    for (const delivery of ["1", "1", "2"]) observer.toldByBroker(refused(delivery));
    expect(recorded.map(({ type }) => type)).toEqual(["connect", "connect"]);
  });

  it("and tells too much is told of in one line and one event a minute; everything is counted and acted on", () => {
    let now = 1_000_000;
    let acted = 0;
    const counts = new EventCounts();
    const options = { counts, onBrokerEvent: () => void acted++, eventRate: { atOnce: 100, perSecond: 0.001 } };
    const { observer, recorded, lines } = open(options, () => now);
    const flood = (name: string) => {
      for (let index = 0; index < 1000; index++) observer.toldByBroker(connected(`${name}${index}`));
    };
    flood("a");
    const guards = () => recorded.filter(({ type }) => type === "guard");
    expect(recorded).toHaveLength(101);
    expect(guards()).toMatchObject([{ reason: "too_many_broker_events", broker: "emqx" }]);
    expect(lines.filter(({ level }) => level === 40)).toHaveLength(1);
    now += 60_000;
    flood("b");
    expect(guards()).toHaveLength(2);
    expect(guards()[1]?.detail).toMatch(/^900 more events/);
    expect([counts.leftOut, counts.kinds.get("connected"), acted]).toEqual([1900, 2000, 2000]);
  });

  it("is silent as long as nothing comes after a login that was allowed", () => {
    const counts = new EventCounts();
    let now = 5;
    const { observer } = open({ counts }, () => now);
    const allowed = { result: "allow", deviceId: "d", scheme: "jwt", acl: [], clientAttrs: {} } as const;
    const login = { decision: { ...allowed, acl: [] }, request, latencyMs: 1 };
    observer.decision({ broker: "embedded", ...login });
    expect(counts.silentSince).toBeUndefined();
    observer.decision({ broker: "emqx", ...login });
    now = 9;
    observer.decision({ broker: "emqx", ...login });
    expect([counts.silentSince, counts.lastAt]).toEqual([5, undefined]);
    observer.toldByBroker({ broker: "emqx", events: [], passedOver: 1 });
    expect([counts.silentSince, counts.lastAt]).toEqual([undefined, 9]);
  });
});
