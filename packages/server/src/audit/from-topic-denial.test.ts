import type { TopicDecision, TopicQuestion } from "@connack/credentials";
import { expect, it } from "vitest";
import { fromTopicDenial } from "./from-topic-denial.ts";

const decision: Extract<TopicDecision, { result: "deny" }> = {
  result: "deny",
  deviceId: "sensor-1",
  reason: "publish_denied",
  detail: "device sensor-1, rule 1",
};
const question: TopicQuestion = {
  deviceId: "sensor-1",
  clientId: "c-1",
  username: "kept out",
  attributes: { room: "kept out" },
  request: { action: "publish", topic: "devices/other/up", qos: 1, retain: true },
};

it("a denied publish has device, client id, topic and the rule", () => {
  expect(fromTopicDenial({ broker: "emqx", decision, question })).toEqual({
    type: "publish_denied",
    broker: "emqx",
    result: "deny",
    reason: "publish_denied",
    deviceId: "sensor-1",
    clientId: "c-1",
    topic: "devices/other/up",
    detail: "device sensor-1, rule 1",
  });
});

it("a denied filter keeps the reason where it is another, and has no empty detail", () => {
  const request = { action: "subscribe", topic: "#", qos: 0 } as const;
  const revoked = { ...decision, reason: "device_revoked", detail: "" } as const;
  expect(fromTopicDenial({ broker: "emqx", decision: revoked, question: { ...question, request } })).toEqual({
    type: "subscribe_denied",
    broker: "emqx",
    result: "deny",
    reason: "device_revoked",
    deviceId: "sensor-1",
    clientId: "c-1",
    topic: "#",
  });
});

it("a question that could not be read is about no device", () => {
  const malformed = { ...decision, deviceId: "", reason: "malformed_request", detail: "no topic" } as const;
  expect(fromTopicDenial({ broker: "emqx", decision: malformed, question: undefined })).toEqual({
    type: "guard",
    broker: "emqx",
    reason: "malformed_request",
    detail: "no topic",
  });
});

it("long and unprintable texts are cut and replaced", () => {
  const hostile = "x\n".repeat(40_000);
  const event = fromTopicDenial({
    broker: "emqx",
    decision: { ...decision, detail: hostile },
    question: { ...question, clientId: hostile, request: { ...question.request, topic: hostile } },
  });
  expect(JSON.stringify(event).length).toBeLessThan(2000);
  expect(JSON.stringify(event)).not.toContain("\\n");
});
