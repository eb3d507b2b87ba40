import { expect, it } from "vitest";
import { readInterface } from "./read-interface.ts";

const source = `export interface Lamp extends Thing {
  /** In watts. */
  readonly power: number;
  plain?: "a" | "b";
  /**
   * Two
   * lines.
   */
  last: string;
}
`;

it("reads members, their types and comments", () => {
  expect(readInterface(source, "Lamp")).toEqual([
    { name: "power", isOptional: false, type: "number", comment: "In watts." },
    { name: "plain", isOptional: true, type: '"a" | "b"', comment: "" },
    { name: "last", isOptional: false, type: "string", comment: "Two lines." },
  ]);
  expect(() => readInterface(source, "Lam")).toThrow("no interface Lam");
});
