import { denyReasons } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { knownReasons, reasonFix, reasonSentence } from "./reason-sentence.ts";

describe("reasonSentence", () => {
  it("is that of the table for a refusal, whoever refused", () => {
    const { sentence } = denyReasons.token_expired;
    expect(reasonSentence({ type: "connect", reason: "token_expired" })).toBe(sentence);
    expect(reasonSentence({ type: "connack", reason: "token_expired", broker: "embedded" })).toBe(sentence);
    expect(reasonSentence({ type: "connack", reason: "banned", broker: "emqx" })).toMatch(/banned/);
  });

  it("tells a broker's refusal from the end of a connection", () => {
    expect(reasonSentence({ type: "connack", reason: "not_authorized", broker: "emqx" })).toBe(
      "The broker refused the device.",
    );
    expect(reasonSentence({ type: "disconnected", reason: "not_authorized", broker: "emqx" })).toMatch(
      /^Its credential/,
    );
    expect(reasonSentence({ type: "guard", reason: "malformed_packet", broker: "embedded" })).toMatch(/no MQTT/);
  });

  it("is empty where nothing is to be told", () => {
    expect(reasonSentence({ type: "change", reason: "device.add" })).toBe("");
    expect(reasonSentence({ type: "connect", reason: "toString" })).toBe("");
    expect(reasonSentence({ type: "connect" })).toBe("");
  });
});

it("every reason is known by its name once, and those of refusals have a fix", () => {
  expect(new Set(knownReasons).size).toBe(knownReasons.length);
  for (const reason of Object.keys(denyReasons)) {
    expect(knownReasons).toContain(reason);
    expect(reasonFix(reason)).toBe(denyReasons[reason as "no_key"].fix);
  }
  expect(reasonFix("kicked")).toBeUndefined();
  expect(reasonFix(undefined)).toBeUndefined();
});
