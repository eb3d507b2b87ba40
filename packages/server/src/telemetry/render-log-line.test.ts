import { expect, it } from "vitest";
import { createRenderLogLine } from "./render-log-line.ts";

const line = (fields: object) => JSON.stringify({ level: "warn", time: "2026-01-02T03:04:05.000Z", ...fields });
const refusal = {
  broker: "embedded",
  clientId: "x\u001b[2J",
  reason: "device_disabled",
  fix: "connack device enable <id>",
  msg: "MQTT Auth: denied: The device is disabled.",
};
const at = (columns: number) => createRenderLogLine({ colorize: false, columns: () => columns });

it("puts the fields below a message where they do not fit beside it", () => {
  expect(at(80)(line(refusal)).replace(/\d\d:\d\d:\d\d/, "NOW")).toMatchInlineSnapshot(`
    "[NOW] WARN: MQTT Auth: denied: The device is disabled.
        {"broker": "embedded", "clientId": "x\\u001b[2J", "reason":
        "device_disabled", "fix": "connack device enable <id>"}
    "
  `);
});

it("breaks a long message", () => {
  const rendered = at(80)(line({ msg: "a word ".repeat(30) }));
  expect(Math.max(...rendered.split("\n").map((each) => each.length))).toBeLessThanOrEqual(80);
  expect(rendered.match(/a/g)).toHaveLength(30);
});

it("is one line where there is room, or no terminal", () => {
  expect(at(400)(line(refusal)).trimEnd()).not.toContain("\n");
  expect(at(Infinity)(line(refusal)).trimEnd()).not.toContain("\n");
});

it("keeps the stack of an error as it is", () => {
  const stack = `Error: broken\n    at somewhere (/${"x".repeat(100)}.ts:1:1)`;
  expect(at(80)(line({ err: { type: "Error", message: "broken", stack }, msg: "unexpected error" }))).toContain(
    `/${"x".repeat(100)}.ts:1:1`,
  );
});
