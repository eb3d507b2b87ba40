import { afterEach, describe, expect, it } from "vitest";
import type { NewAuditEvent } from "../audit/audit-event.ts";
import { brokerAdapters } from "../brokers/broker-adapters.ts";
import { recordedAtMs, recordedEvents } from "../brokers/emqx/testing/recorded-events.ts";
import { type Asked, allow, emqxRequest, raw, start, stopAll, token } from "./testing/start-broker-server.ts";

afterEach(stopAll);

const path = "/brokers/emqx/events";
const bearer = `authorization: Bearer ${token}\r\n`;
const nobodyConnects = () => expect.fail("nobody connects here");
const startAtRecording = (options: Parameters<typeof start>[1] = {}) =>
  start(nobodyConnects, { nowMs: () => recordedAtMs, ...options });
const disconnected = (clientid: string) =>
  JSON.stringify({ event: "client.disconnected", timestamp: recordedAtMs, clientid, reason: "tcp_closed" });
const eventsOf = ({ told }: Pick<Asked, "told">): NewAuditEvent[] => told.flatMap(({ events }) => events);

/** 200, as a denial: EMQX's action takes it for delivered, its authenticator for no. */
const isTaken = /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n.*\r\n\r\n\{"result":"deny"\}$/s;

describe("POST /brokers/emqx/events", () => {
  it("takes each event as EMQX 5.8.0 posted it, and tells of those that are of interest", async () => {
    const asked = await startAtRecording();
    // The recorded content type came twice: it was set in the connector and in the action.
    const headers = `x-ev: client\r\ncontent-type: application/json\r\n${bearer}`;
    const bytes = recordedEvents.map(({ body }) => emqxRequest(body, path, headers)).join("");
    const answers = await raw(asked.port, bytes, recordedEvents.length);
    expect(answers.match(/HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n/g)).toHaveLength(102);
    expect(answers.match(/\{"result":"deny"\}/g)).toHaveLength(102);
    expect(asked.told).toHaveLength(recordedEvents.length);
    expect(asked.told.filter(({ broker, problem }) => broker !== "emqx" || problem)).toEqual([]);
    const types = eventsOf(asked).map(({ type }) => type);
    const count = (wanted: string) => types.filter((type) => type === wanted).length;
    expect([count("connected"), count("disconnected"), count("connack")]).toEqual([35, 15, 5]);
    expect([count("publish_denied"), count("subscribe_denied")]).toEqual([1, 1]);
    expect(types).toHaveLength(57);
  });

  it("takes them in their order, also of a hundred at once on one connection", async () => {
    const asked = await startAtRecording();
    const names = Array.from({ length: 100 }, (_, index) => `c${index}`);
    const bytes = names.map((name) => emqxRequest(disconnected(name), path, bearer)).join("");
    const answers = await raw(asked.port, bytes, names.length);
    expect(answers.match(/\{"result":"deny"\}/g)).toHaveLength(names.length);
    expect(eventsOf(asked).map(({ clientId }) => clientId)).toEqual(names);
  });

  it("takes a list of events, whatever its content type", async () => {
    const asked = await startAtRecording();
    const body = `[${disconnected("a")},${disconnected("b")}]`;
    for (const type of ["application/json", "text/plain"]) {
      const request = emqxRequest(body, path, bearer).replace("application/json", type);
      expect(await raw(asked.port, request)).toMatch(isTaken);
    }
    expect(eventsOf(asked).map(({ clientId }) => clientId)).toEqual(["a", "b", "a", "b"]);
  });
});

describe("is answered the same, so that nothing is sent again, and told:", () => {
  it.each([
    ["what is no JSON", "{", "malformed_request", "the body is not JSON in UTF-8"],
    ["nothing", "", "malformed_request", "the body is not JSON in UTF-8"],
    ["an event without a client", '{"event":"client.connected"}', "malformed_request", "connected: no clientid"],
    ["more than 16 KiB", `"${"x".repeat(20_000)}"`, "request_too_large", "events: the body is larger than 16 KiB"],
  ])("%s", async (_, body, reason, detail) => {
    const asked = await startAtRecording();
    expect(await raw(asked.port, emqxRequest(body, path, bearer))).toMatch(isTaken);
    expect(asked.told).toEqual([{ broker: "emqx", events: [], problem: { reason, detail } }]);
  });

  it.each(["", "authorization: Bearer wrong\r\n", `authorization: Basic ${token}\r\n`])(
    "who is not our broker, also on loopback: %j",
    async (headers) => {
      const asked = await startAtRecording();
      expect(await raw(asked.port, emqxRequest(disconnected("a"), path, headers))).toMatch(isTaken);
      expect(asked.told).toMatchObject([{ events: [], problem: { reason: "broker_not_authorized" } }]);
      expect(JSON.stringify(asked.told)).not.toContain(token);
    },
  );
});

describe("lets nobody in", () => {
  it("when an authenticator was set to this path: a login is no event, and is denied", async () => {
    const asked = await start(allow);
    const login = JSON.stringify({ clientid: "c", username: "u", password: "a secret of theirs" });
    expect(await raw(asked.port, emqxRequest(login, path, bearer))).toMatch(isTaken);
    expect(asked.requests).toEqual([]);
    expect(asked.told).toMatchObject([{ events: [], problem: { detail: "an event has no name" } }]);
    expect(JSON.stringify(asked.told)).not.toContain("a secret of theirs");
  });

  it.each(["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])("with another method: %s", async (method) => {
    const asked = await startAtRecording();
    const answer = await raw(asked.port, emqxRequest(disconnected("a"), path, bearer).replace("POST", method));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(asked.told).toEqual([]);
  });

  it("when what was told cannot be kept", async () => {
    const asked = await startAtRecording({
      onBrokerEvents() {
        throw new Error("the log is full");
      },
    });
    expect(await raw(asked.port, emqxRequest(disconnected("a"), path, bearer))).toMatch(
      /200 OK.*\{"result":"deny"\}$/s,
    );
    expect(asked.reasons).toEqual(["Error: the log is full", "internal_error"]);
  });
});

it("a broker that tells nothing has no such path", async () => {
  const adapters = brokerAdapters.map(({ parseEvents: _, ...rest }) => rest);
  const asked = await startAtRecording({ adapters });
  expect(await raw(asked.port, emqxRequest(disconnected("a"), path, bearer))).toMatch(isTaken);
  expect(asked.told).toEqual([]);
  expect(asked.details).toEqual([expect.stringContaining("no such path")]);
});
