import { randomBytes } from "node:crypto";
import type { AllowDecision, ConnectRequest, DenyDecision } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import type { LoggedDecision } from "../telemetry/log-decisions.ts";
import { fromDecision as fromDecisionOf } from "./from-decision.ts";

const fromDecision = (event: LoggedDecision) => fromDecisionOf(event, (deviceId) => deviceId === "gateway");
const secret = () => randomBytes(24).toString("base64url");
const request: ConnectRequest = {
  clientId: "c-1",
  username: `user ${secret()}`,
  password: secret(),
  peerHost: "203.0.113.7",
  protocolVersion: 5,
  listener: "embedded:tls",
  certificateCommonName: "cn",
  certificateSubject: "CN=cn",
};
const allow: AllowDecision = {
  result: "allow",
  deviceId: "sensor-1",
  scheme: "jwt",
  keyId: "jwt-2",
  acl: [{ permission: "allow", action: "all", topic: "secret/topic" }],
  clientAttrs: { device: "sensor-1", room: "kept out" },
  expireAtSeconds: 2_000_000_000,
  token: { iat: 1_999_996_400, exp: 2_000_000_000 },
};
const deny: DenyDecision = {
  result: "deny",
  reason: "token_expired",
  detail: "exp is 3 min ago",
  hints: [{ code: "expired_ago", text: "The token expired 3 min ago." }],
  scheme: "jwt",
  deviceId: "sensor-1",
  token: { iat: 1, exp: 2 },
};
const refused = (more: Partial<DenyDecision>) => {
  const { deviceId: _, token: __, ...unproven } = deny;
  return fromDecision({ broker: "emqx", decision: { ...unproven, ...more }, request, latencyMs: 1 });
};

describe("the event of a decision", () => {
  it("that allowed", () => {
    expect(fromDecision({ broker: "embedded", decision: allow, request, latencyMs: 0.12345 })).toEqual({
      type: "connect",
      broker: "embedded",
      result: "allow",
      latencyUs: 123,
      clientId: "c-1",
      address: "203.0.113.7",
      listener: "embedded:tls",
      scheme: "jwt",
      token: { iat: 1_999_996_400, exp: 2_000_000_000 },
      deviceId: "sensor-1",
      keyId: "jwt-2",
    });
  });

  it("that denied, with the proven device", () => {
    expect(fromDecision({ broker: "emqx", decision: deny, request, latencyMs: 2 })).toEqual({
      type: "connect",
      broker: "emqx",
      result: "deny",
      latencyUs: 2000,
      clientId: "c-1",
      address: "203.0.113.7",
      listener: "embedded:tls",
      scheme: "jwt",
      token: { iat: 1, exp: 2 },
      deviceId: "sensor-1",
      reason: "token_expired",
      detail: "exp is 3 min ago",
      hints: [{ code: "expired_ago", text: "The token expired 3 min ago." }],
    });
  });

  it("about a question that could not be read", () => {
    const decision: DenyDecision = { result: "deny", reason: "malformed_request", detail: "no clientid", hints: [] };
    expect(fromDecision({ broker: "http", decision, request: undefined, latencyMs: 0 })).toEqual({
      type: "connect",
      broker: "http",
      result: "deny",
      latencyUs: 0,
      reason: "malformed_request",
      detail: "no clientid",
    });
  });

  it("has nothing of user name, password and rights", () => {
    for (const decision of [allow, deny]) {
      const text = JSON.stringify(fromDecision({ broker: "emqx", decision, request, latencyMs: 1 }));
      for (const kept of [request.username, request.password, "secret/topic", "kept out"]) {
        expect(text).not.toContain(kept);
      }
    }
  });

  it("leaves out what is empty", () => {
    const bare = { clientId: "", username: "", password: "", peerHost: "" };
    const decision: DenyDecision = { result: "deny", reason: "missing_credentials", detail: "", hints: [] };
    expect(Object.keys(fromDecision({ broker: "emqx", decision, request: bare, latencyMs: 1 }))).toEqual([
      "type",
      "broker",
      "result",
      "latencyUs",
      "reason",
    ]);
  });
});

describe("a device that is only claimed", () => {
  it("is marked as unproven", () => {
    expect(refused({ claimedId: "sensor-2" })).toMatchObject({ deviceId: "sensor-2", unproven: true });
    expect(refused({ deviceId: "sensor-1", claimedId: "sensor-2" })).not.toHaveProperty("unproven");
  });

  it("is named by its user name only where a device has that name", () => {
    expect(refused({ scheme: "password", claimedId: "gateway" })).toMatchObject({ deviceId: "gateway" });
    expect(refused({ scheme: "password", claimedId: "hunter22" })).not.toHaveProperty("deviceId");
    expect(refused({ scheme: "xiaozhi-hmac", claimedId: "02:00:00:00:00:09" })).toHaveProperty("deviceId");
  });

  it.each([
    ["nobody", ""],
    ["too long", "x".repeat(257)],
    ["not printable", "a\u001b[2J"],
    ["a password in the field of the user name", randomBytes(32).toString("base64url")],
    ["a token in the field of the user name", ["eyJhbGciOiJIUzI1NiJ9", "e30", secret()].join(".")],
  ])("is not named when it is %s", (_, claimedId) => {
    expect(refused({ claimedId })).not.toHaveProperty("deviceId");
  });
});

describe("what a peer can send", () => {
  it("is bounded and printable", () => {
    const hostile = `${"x\r\n\u001b[31m\ud800".repeat(1000)}`;
    const event = fromDecision({
      broker: "emqx",
      decision: { ...deny, deviceId: hostile, detail: hostile },
      request: { ...request, clientId: hostile, peerHost: hostile, listener: hostile },
      latencyMs: 1,
    });
    expect(JSON.stringify(event).length).toBeLessThan(2500);
    expect(JSON.stringify(event)).not.toMatch(/\\[rnu]/);
  });

  it("as client id is no token and no password", () => {
    for (const clientId of [["eyJhbGciOiJIUzI1NiJ9", "e30", secret()].join("."), randomBytes(32).toString("base64")]) {
      const event = fromDecision({ broker: "emqx", decision: deny, request: { ...request, clientId }, latencyMs: 1 });
      expect(event.clientId).toMatch(/^\(looks like a (token|password)\)$/);
    }
  });
});
