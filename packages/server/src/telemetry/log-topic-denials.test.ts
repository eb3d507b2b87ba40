import type { TopicDecision, TopicQuestion } from "@connack/credentials";
import { pino } from "pino";
import { expect, it } from "vitest";
import { createLogTopicDenials } from "./log-topic-denials.ts";

function collect() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  let now = 1_000_000;
  return { lines, log: createLogTopicDenials(logger, () => now), tick: (ms: number) => (now += ms) };
}

const decision: Extract<TopicDecision, { result: "deny" }> = {
  result: "deny",
  deviceId: "d",
  reason: "publish_denied",
  detail: "device d, rule 1",
};
const question: TopicQuestion = {
  deviceId: "d",
  clientId: "c",
  username: "kept out of the log",
  attributes: {},
  request: { action: "publish", topic: "devices/other/up", qos: 1, retain: true },
};

it("a denied topic is one warning with device, topic, rule and fix, and without the user name", () => {
  const { lines, log } = collect();
  log({ broker: "emqx", decision, question });
  expect(lines).toMatchObject([
    {
      level: 40,
      broker: "emqx",
      deviceId: "d",
      clientId: "c",
      reason: "publish_denied",
      detail: "device d, rule 1",
      action: "publish",
      topic: "devices/other/up",
      qos: 1,
      retain: true,
      fix: expect.stringContaining("connack acl"),
      msg: "emqx: The device may not publish to this topic.",
    },
  ]);
  expect(JSON.stringify(lines)).not.toContain("kept out of the log");
});

it("a question that could not be read is told too, and long texts are cut", () => {
  const { lines, log } = collect();
  log({ broker: "emqx", decision: { ...decision, reason: "malformed_request" }, question: undefined });
  const request = { ...question.request, topic: "t".repeat(10_000) };
  log({ broker: "emqx", decision, question: { ...question, clientId: `eyJ${"a".repeat(500)}`, request } });
  expect(lines).toMatchObject([{ reason: "malformed_request" }, { topic: "t".repeat(256) }]);
  expect(JSON.stringify(lines[1]).length).toBeLessThan(1500);
});

it("a device that asks without end does not fill the log", () => {
  const { lines, log, tick } = collect();
  for (let index = 0; index < 1000; index++) log({ broker: "emqx", decision, question });
  expect(lines).toHaveLength(20);
  tick(1000);
  log({ broker: "emqx", decision, question });
  expect(lines).toHaveLength(22);
  expect(lines[20]).toMatchObject({ left: 980, msg: "more denied topics than lines; these were left out" });
  tick(5000);
  log({ broker: "emqx", decision, question });
  expect(lines).toHaveLength(23);
});
