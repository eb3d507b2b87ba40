import { describe, expect, it } from "vitest";
import { jsonPieces, labelled, listed, pack, wrap, wrapLines } from "./wrap.ts";

const longest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));
const sentence = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");

describe("wrap", () => {
  it("fits 80 columns, behind an indent too, and loses nothing", () => {
    for (const indent of ["", "    "]) {
      const wrapped = wrap(sentence, indent);
      expect(longest(wrapped)).toBeLessThanOrEqual(80);
      expect(wrapped.split(/\s+/).filter(Boolean).join(" ")).toBe(sentence);
    }
  });

  it("is one line where no terminal reads", () => {
    expect(wrap(sentence, "", Infinity)).toBe(sentence);
  });

  it("shows what could steer a terminal as its code", () => {
    expect(wrap("a\u001b[2Jb\nc")).toBe("a\\u001b[2Jb\\u000ac");
  });
});

it("wrapLines leaves a command in one piece, also behind Next: and Fix:", () => {
  const command = `connack device show '${"x ".repeat(50)}'`;
  const text = [command, `Next: ${command}`, `Fix: ${command}`].join("\n");
  expect(wrapLines(text)).toBe(text);
  expect(longest(wrapLines(`Next: ${sentence}`))).toBeLessThanOrEqual(80);
  expect(longest(wrapLines(`connack: ${sentence}`))).toBeLessThanOrEqual(80);
});

describe("labelled", () => {
  it("breaks a list between its members", () => {
    const ids = Array.from({ length: 32 }, (_, index) => `client ${index}`);
    const lines = labelled("client ids  ", listed(ids)).split("\n");
    expect(lines[0]).toMatch(/^client ids {2}client 0, client 1, /);
    expect(lines[1]).toMatch(/^ {12}client \d/);
    expect(longest(lines.join("\n"))).toBeLessThanOrEqual(80);
    expect(lines.map((line) => line.slice(12)).join(" ")).toBe(ids.join(", "));
  });

  it("goes below the label with members that are too long beside it", () => {
    const id = "x".repeat(72);
    expect(labelled("client ids  ", listed([id, "second"]))).toBe(`client ids\n    ${id},\n    second`);
  });
});

describe("jsonPieces", () => {
  const value = { sub: "a b", aud: ["x", "y"], text: '{"line": "one\ntwo"} ', long: "z".repeat(300), none: {} };

  it("fits 80 columns and reads back as it was", () => {
    const packed = pack(jsonPieces(value), "    ");
    expect(longest(packed)).toBeLessThanOrEqual(80);
    // a text that was too long for a line goes on without a space
    const joined = packed.replace(/z\n {4}z/g, "zz").replace(/\n {4}/g, " ");
    expect(JSON.parse(joined)).toEqual(value);
  });
});
