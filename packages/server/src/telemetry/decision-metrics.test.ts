import { type Decision, type DenyReason, denyReasons, type SchemeName, schemeNames } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { stepNames } from "../authn/decide-connect.ts";
import { deny } from "../authn/deny.ts";
import { DecisionMetrics } from "./decision-metrics.ts";
import { Exposition } from "./metrics/exposition.ts";
import { readExposition } from "./testing/read-exposition.ts";

const allow = (scheme: SchemeName, keyId?: string): Decision => ({
  result: "allow",
  deviceId: "lamp-1",
  scheme,
  acl: [],
  clientAttrs: {},
  ...(keyId !== undefined && { keyId }),
});

async function linesOf(metrics: DecisionMetrics, keys: string[] = []): Promise<Map<string, number>> {
  const out = new Exposition();
  metrics.collect(keys, out);
  return readExposition((await out.render()).body);
}

describe("decisions", () => {
  it("are counted by broker, scheme, result and reason, and timed by broker and result", async () => {
    const metrics = new DecisionMetrics();
    const request = undefined;
    metrics.decided({ broker: "emqx", decision: allow("jwt", "jwt-1"), request, latencyMs: 0.03 });
    metrics.decided({ broker: "emqx", decision: allow("jwt", "jwt-1"), request, latencyMs: 0.03 });
    metrics.decided({
      broker: "embedded",
      decision: deny("bad_password", "", { scheme: "password" }),
      request,
      latencyMs: 60,
    });
    metrics.decided({ broker: "http", decision: deny("malformed_request", ""), request, latencyMs: 0 });
    const lines = await linesOf(metrics, ["jwt-1", "jwt-2"]);
    const counted = [...lines].filter(([series]) => /^connack_(decisions|key)/.test(series));
    expect(Object.fromEntries(counted)).toEqual({
      'connack_decisions_total{broker="emqx",scheme="jwt",result="allow",reason="none"}': 2,
      'connack_decisions_total{broker="embedded",scheme="password",result="deny",reason="bad_password"}': 1,
      'connack_decisions_total{broker="http",scheme="none",result="deny",reason="malformed_request"}': 1,
      'connack_key_logins_total{key="jwt-1"}': 2,
      'connack_key_logins_total{key="jwt-2"}': 0,
    });
    const seconds = (labels: string) => lines.get(`connack_decision_seconds_${labels}`);
    expect(seconds('bucket{broker="emqx",result="allow",le="0.000025"}')).toBe(0);
    expect(seconds('bucket{broker="emqx",result="allow",le="0.00005"}')).toBe(2);
    expect(seconds('sum{broker="embedded",result="deny"}')).toBe(0.06);
    expect(seconds('count{broker="http",result="deny"}')).toBe(1);
    expect(seconds('count{broker="emqx",result="deny"}')).toBe(0);
  });

  it("are counted for every reason and scheme there is", async () => {
    const metrics = new DecisionMetrics();
    for (const reason of Object.keys(denyReasons) as DenyReason[]) {
      for (const scheme of schemeNames) {
        metrics.decided({ broker: "emqx", decision: deny(reason, "", { scheme }), request: undefined, latencyMs: 1 });
      }
    }
    const lines = [...(await linesOf(metrics)).keys()].filter((series) => series.startsWith("connack_decisions_total"));
    expect(lines).toHaveLength(Object.keys(denyReasons).length * schemeNames.length);
    expect(lines.join()).not.toContain("other");
  });

  it("whatever a broker calls itself, or a device, makes no line", async () => {
    const metrics = new DecisionMetrics();
    for (let n = 0; n < 1000; n++) {
      const decision = deny("bad_signature", `detail ${n}`, { deviceId: `d${n}`, scheme: `s${n}` as SchemeName });
      metrics.decided({ broker: `b${n}`, decision, request: undefined, latencyMs: 1 });
      metrics.topicDenied(`b${n}`, `t${n}`, `r${n}`);
    }
    const before = (await linesOf(new DecisionMetrics())).size;
    const lines = await linesOf(metrics);
    expect(lines.get('connack_decision_seconds_count{broker="other",result="deny"}')).toBe(1000);
    expect(lines.get('connack_topic_denials_total{broker="other",type="other",reason="other"}')).toBe(1000);
    expect(lines.size - before).toBe(2 + 2 * 20);
  });
});

describe("keys", () => {
  it("that have left the ring are forgotten", async () => {
    const metrics = new DecisionMetrics();
    const login = { broker: "emqx", decision: allow("jwt", "old"), request: undefined, latencyMs: 1 };
    metrics.decided(login);
    expect((await linesOf(metrics, ["old"])).get('connack_key_logins_total{key="old"}')).toBe(1);
    expect((await linesOf(metrics, ["new"])).has('connack_key_logins_total{key="old"}')).toBe(false);
    expect((await linesOf(metrics, ["old"])).get('connack_key_logins_total{key="old"}')).toBe(0);
  });
});

it("every step has its histogram", async () => {
  const metrics = new DecisionMetrics();
  for (const step of stepNames) metrics.stepTook(step, 0.25);
  const lines = await linesOf(metrics);
  for (const step of stepNames) {
    expect(lines.get(`connack_decision_step_seconds_sum{step="${step.replaceAll(" ", "_")}"}`)).toBe(0.25);
  }
});
