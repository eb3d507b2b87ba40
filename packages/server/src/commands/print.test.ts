import { describe, expect, it } from "vitest";
import type { CommandContext } from "./command.ts";
import { printTable } from "./print.ts";

function table(columns: number, rows: string[][]): string[] {
  const lines: string[] = [];
  const context = { columns, out: (text: string) => void lines.push(text) } as unknown as CommandContext;
  printTable(context, ["DEVICE", "STATUS", "REASON"], rows);
  return lines.join("").trimEnd().split("\n");
}

const row = ["d".repeat(30), "active", "r".repeat(45)];

describe("printTable", () => {
  it("aligns what fits", () => {
    expect(table(80, [["sensor-1", "active", "no"]])).toEqual(["DEVICE    STATUS  REASON", "sensor-1  active  no"]);
  });

  it("moves the cells that do not fit the terminal to the next line, of that row alone", () => {
    expect(table(80, [row, ["b", "active", "no"]])).toEqual([
      `DEVICE${" ".repeat(26)}STATUS  REASON`,
      `${"d".repeat(30)}  active`,
      `    ${"r".repeat(45)}`,
      `b${" ".repeat(31)}active  no`,
    ]);
  });

  it("one outlier does not push the other rows apart", () => {
    expect(
      table(80, [
        ["d".repeat(70), "active", "no"],
        ["b", "active", "no"],
      ]),
    ).toEqual(["DEVICE  STATUS  REASON", `${"d".repeat(70)}  active`, "    no", "b       active  no"]);
  });

  it("keeps a row on its line without a terminal", () => {
    expect(table(Infinity, [row])[1]).toBe(row.join("  "));
  });
});
