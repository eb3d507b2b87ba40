import { describe, expect, it } from "vitest";
import { printableText } from "./printable-text.ts";

describe("printableText", () => {
  it.each([
    ["plain, ünïcode 设备", "plain, ünïcode 设备"],
    ["two\r\nlines\tand\u2028more", "two lines and more"],
    ["\u001b[31mred\u0007\u009b0m", "[31mred 0m"],
    ["right\u202eleft\u2066\ufeff", "right left"],
    ["lone \ud800 half", "lone half"],
    [`${"😀".repeat(200)}x`, `${"😀".repeat(200)}…`],
    ["  ", ""],
    [7, ""],
    [undefined, ""],
  ])("%j", (text, shown) => {
    expect(printableText(text)).toBe(shown);
  });

  it("takes secrets out, also long ones and many", () => {
    expect(printableText("wrong: s3cret, s3cret+", ["", "s3cret"])).toBe("wrong: (secret), (secret)+");
    const token = "t".repeat(5000);
    expect(printableText(`no ${token}!`, [token])).toBe("no (secret)!");
  });
});
