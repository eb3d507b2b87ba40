import { compileAcl } from "@connack/credentials";
import type { Client } from "aedes";
import { describe, expect, it } from "vitest";
import { authorizeForward } from "./authorize-forward.ts";
import { authorizePublish } from "./authorize-publish.ts";
import { authorizeSubscribe } from "./authorize-subscribe.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { Connection } from "./connection.ts";
import type { EndReason } from "./embedded-broker-event.ts";
import { resolveLimits } from "./embedded-broker-limits.ts";
import { EventBudget } from "./event-budget.ts";
import { Reporter } from "./reporter.ts";
import { rights } from "./testing/open-test-broker.ts";

const context = {
  limits: resolveLimits(),
  nowMs: () => 0,
  reporter: new Reporter(undefined, () => 0),
  grantedFilters: new WeakSet(),
} as Partial<BrokerContext> as BrokerContext;

/** A connection that may do everything; what a client still sends, or gets, until its socket is closed. */
function openConnection(protocolVersion: 3 | 4 | 5, ended?: EndReason): Connection {
  const connection = {
    client: { id: "client" } as Client,
    socket: { writableNeedDrain: false },
    peerHost: "192.0.2.1",
    protocolVersion,
    access: { deviceId: "device", acl: compileAcl(rights("#")), order: 1 },
    filters: new Set(),
    deniedEvents: new EventBudget(1),
  } as unknown as Connection;
  if (ended !== undefined) connection.ended = ended;
  return connection;
}

const message = () => ({ topic: "t", payload: "x", retain: true, qos: 0 as const });

describe.each([3, 4, 5] as const)("MQTT version %i", (version) => {
  it("has its rights until it is ended", () => {
    const connection = openConnection(version);
    const packet = message();
    expect(authorizePublish(context, connection, packet)).toBeNull();
    expect(packet).toEqual(message());
    expect(authorizeSubscribe(context, connection, { topic: "t", qos: 1 })).toEqual({ topic: "t", qos: 1 });
    expect(authorizeForward(context, connection, packet)).toBe(packet);
  });

  it.each(["revoked", "expired", "taken_over"] as const)(
    "has none from the moment it is %s, though its socket is open",
    (why) => {
      const connection = openConnection(version, why);
      expect(authorizePublish(context, connection, message())).toBe("ended");
      expect(authorizeSubscribe(context, connection, { topic: "t", qos: 1 })).toBeNull();
      expect(authorizeForward(context, connection, message())).toBeNull();
    },
  );

  it("has none before it is admitted", () => {
    const connection = openConnection(version);
    delete connection.access;
    expect(authorizeSubscribe(context, connection, { topic: "t", qos: 1 })).toBeNull();
    expect(authorizeForward(context, connection, message())).toBeNull();
    const packet = message();
    const answer = authorizePublish(context, connection, packet);
    if (version === 5) expect(answer).toMatchObject({ name: "PublishDenied", message: "" });
    else expect(packet).toEqual({ topic: "$connack/nowhere", payload: Buffer.alloc(0), qos: 0, retain: false });
  });

  it("has a right for its will alone, whatever it was ended for", () => {
    const connection = openConnection(version, "revoked");
    const will = message();
    connection.will = will;
    expect(authorizePublish(context, connection, will)).toBeNull();
    // An equal one is not the same.
    expect(authorizePublish(context, connection, message())).toBe("ended");
    connection.will = { ...message(), topic: "$SYS/x" };
    expect(authorizePublish(context, connection, connection.will)).toMatchObject({ name: "PublishDenied" });
  });
});

it("a client nobody knows has no rights", () => {
  expect(authorizePublish(context, undefined, message())).toMatchObject({ name: "PublishDenied" });
  expect(authorizeSubscribe(context, undefined, { topic: "t", qos: 1 })).toBeNull();
  expect(authorizeForward(context, undefined, message())).toBeNull();
});
