import { expect, it } from "vitest";
import { OperationError } from "../operations/operation.ts";
import { UnusableFolder } from "../state/data-folder-path.ts";
import type { CommandContext } from "./command.ts";
import { reportError } from "./report-error.ts";

it.each([
  [new OperationError("no_answer", "gone"), 69],
  [new OperationError("bad_answer", "strange"), 69],
  [new OperationError("store_unavailable", "full"), 69],
  [new OperationError("bad_input", "wrong"), 2],
  [new OperationError("device_not_found", "nobody"), 1],
  [new OperationError("internal_error", "broken"), 70],
  [new UnusableFolder("a file"), 78],
  [new Error("nobody expected"), 70],
])("%s ends with %i", (error, exit) => {
  const lines: string[] = [];
  const context = { json: true, err: (text: string) => void lines.push(text) } as unknown as CommandContext;
  expect(reportError(error, context)).toBe(exit);
  expect(JSON.parse(lines.join(""))).toMatchObject({ error: { message: expect.stringContaining(error.message) } });
});

it("fits a terminal, a command to paste apart, and is one line for programs", () => {
  const device = "d".repeat(60);
  const error = new OperationError(
    "no_answer",
    "a word ".repeat(40).trim(),
    `connack device show '${device} ${device}'`,
  );
  const printed = (errColumns: number) => {
    const lines: string[] = [];
    const context = { json: false, errColumns, err: (text: string) => void lines.push(text) };
    reportError(error, context as unknown as CommandContext);
    return lines.join("").trimEnd().split("\n");
  };
  const page = printed(80);
  expect(page.at(-1)).toBe(`Next: ${error.next}`);
  expect(Math.max(...page.slice(0, -1).map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(printed(Infinity)).toEqual([`connack: ${error.message}`, `Next: ${error.next}`]);
});
