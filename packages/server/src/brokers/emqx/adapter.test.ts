import { readFileSync } from "node:fs";
import type { AclRule, AllowDecision } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { formatEmqxAuthnResponse, parseEmqxAuthnRequest } from "./adapter.ts";
import { isReadByEmqx } from "./testing/is-read-by-emqx.ts";

const now = 1_760_775_881;
const allow: AllowDecision = {
  result: "allow",
  deviceId: "d",
  scheme: "jwt",
  acl: [{ permission: "deny", action: "all", topic: "#" }],
  clientAttrs: { device: "d" },
};
const answer = (decision: AllowDecision) => JSON.parse(formatEmqxAuthnResponse(decision, now).body);

interface Recorded {
  recordings: { from: string; acl: AclRule[] }[];
}
const fixture = new URL("./fixtures/acl-recorded.json", import.meta.url);
const { recordings } = JSON.parse(readFileSync(fixture, "utf8")) as Recorded;

describe("the allow answer", () => {
  it.each(recordings)("has the rules as EMQX 5.8 was seen to take them: $from", ({ acl }) => {
    expect(answer({ ...allow, acl })).toEqual({ result: "allow", client_attrs: { device: "d" }, acl });
    expect(acl.filter((rule) => !isReadByEmqx(rule))).toEqual([]);
  });

  it("has QoS, retain and literal filters as EMQX 5.8 reads them", () => {
    const acl: AclRule[] = [
      { permission: "allow", action: "subscribe", topic: "eq a/#", qos: [0, 1] },
      { permission: "deny", action: "publish", topic: "a/+", retain: true },
      { permission: "allow", action: "all", topic: "a/#", qos: [2], retain: false },
    ];
    expect(answer({ ...allow, acl }).acl).toEqual(acl);
    expect(acl.filter((rule) => !isReadByEmqx(rule))).toEqual([]);
  });

  it("leaves out what there is not, and is never null", () => {
    const text = formatEmqxAuthnResponse(allow, now).body;
    expect(text).not.toContain("null");
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(["acl", "client_attrs", "result"]);
    expect(formatEmqxAuthnResponse({ ...allow, expireAtSeconds: now + 60 }, now).body).not.toContain("null");
  });
});

describe("the question", () => {
  const ask = (clientid: string) => {
    const body = Buffer.from(JSON.stringify({ clientid, username: "u", password: "p" }));
    return parseEmqxAuthnRequest({ contentType: "application/json", body, brokerProven: true });
  };

  it.each(["#", "+", "a/#", "a+b"])("names no client %s, which would be subscribed to others' topics", (clientid) => {
    expect(ask(clientid)).toMatchObject({ malformed: "bad_client_id" });
  });

  it("may name any other", () => {
    expect(ask("a/b")).toMatchObject({ clientId: "a/b" });
  });
});

describe("the reader that stands in for EMQX's", () => {
  it.each([
    { permission: "maybe", action: "fly" },
    { permission: "allow", action: "all" },
    { permission: "allow", action: "all", topic: ["a"] },
    { permission: "allow", action: "all", topic: "a", qos: null },
    { permission: "allow", action: "all", topic: "a", qos: [3] },
    { permission: "allow", action: "all", topic: "a", retain: null },
    { permission: "allow", action: "unsubscribe", topic: "a" },
    { permission: "allow", action: "all", topic: `a/\${clientid}` },
    "x",
  ])("refuses %j", (rule) => {
    expect(isReadByEmqx(rule)).toBe(false);
  });
});
