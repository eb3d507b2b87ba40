import { randomBytes } from "node:crypto";
import type { Decision } from "@connack/credentials";
import { pino } from "pino";
import { expect, it } from "vitest";
import { createLogDecisions } from "./log-decisions.ts";

function collect() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  let now = 1_000_000;
  return { lines, log: createLogDecisions(logger, () => now), tick: (ms: number) => (now += ms) };
}

const denied: Decision = {
  result: "deny",
  reason: "token_expired",
  detail: "exp is 3 min ago",
  hints: [{ code: "expired_ago", text: "The token expired 3 min ago." }],
};
const request = {
  clientId: "c\u001b[2J",
  username: randomBytes(8).toString("hex"),
  password: randomBytes(8).toString("hex"),
  peerHost: "203.0.113.7",
};

it("a refusal is one line with MQTT Auth, reason, hints and fix, and nothing that the peer keeps secret", () => {
  const { lines, log } = collect();
  log({ broker: "emqx", decision: denied, request, latencyMs: 0.123456 });
  expect(lines).toMatchObject([
    {
      level: 40,
      broker: "emqx",
      clientId: request.clientId,
      peerHost: "203.0.113.7",
      result: "deny",
      reason: "token_expired",
      latencyMs: 0.123,
      hints: ["The token expired 3 min ago."],
      fix: expect.any(String),
    },
  ]);
  expect(lines[0]?.msg).toContain("MQTT Auth");
  const text = JSON.stringify(lines);
  expect(text).not.toContain(request.username);
  expect(text).not.toContain(request.password);
});

it("a token in the place of the client id is not written down", () => {
  const { lines, log } = collect();
  const token = ["eyJhbGciOiJIUzI1NiJ9", "e30", randomBytes(32).toString("base64url")].join(".");
  log({ broker: "emqx", decision: denied, request: { ...request, clientId: token }, latencyMs: 1 });
  expect(JSON.stringify(lines)).not.toContain(token.slice(-20));
});

it("a flood of one result hides neither the other result nor another reason", () => {
  const { lines, log } = collect();
  for (let n = 0; n < 500; n++) log({ broker: "emqx", decision: denied, request, latencyMs: 1 });
  const allowed: Decision = { result: "allow", deviceId: "d", scheme: "jwt", acl: [], clientAttrs: {} };
  log({ broker: "emqx", decision: allowed, request, latencyMs: 1 });
  log({ broker: "emqx", decision: { ...denied, reason: "bad_signature" }, request, latencyMs: 1 });
  expect(lines.slice(50)).toMatchObject([{ result: "allow" }, { reason: "bad_signature" }]);
});

it("a storm is fifty lines a second and then a count", () => {
  const { lines, log, tick } = collect();
  for (let n = 0; n < 1000; n++) log({ broker: "emqx", decision: denied, request, latencyMs: 1 });
  expect(lines).toHaveLength(50);
  tick(1000);
  log({ broker: "emqx", decision: denied, request, latencyMs: 1 });
  expect(lines).toHaveLength(52);
  expect(lines[50]).toMatchObject({ denied: 950, allowed: 0 });
});

it.each(["base64", "base64url"] as const)(
  "a password of ours in the place of the client id is not written down: %s",
  (encoding) => {
    const { lines, log } = collect();
    const clientId = randomBytes(32).toString(encoding);
    log({ broker: "emqx", decision: denied, request: { ...request, clientId }, latencyMs: 1 });
    expect(lines).toMatchObject([{ clientId: "(looks like a password)" }]);
  },
);
