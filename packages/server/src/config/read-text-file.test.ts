import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readTextFile } from "./read-text-file.ts";

const folder = mkdtempSync(join(tmpdir(), "connack-text-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe("readTextFile", () => {
  it("reads UTF-8, with or without byte order mark", () => {
    expect(readTextFile(file("plain", "schlüssel: 密钥\n"))).toEqual({ found: true, text: "schlüssel: 密钥\n" });
    expect(readTextFile(file("bom", "\ufeffa: 1"))).toEqual({ found: true, text: "a: 1" });
    expect(readTextFile(file("empty", ""))).toEqual({ found: true, text: "" });
  });

  it("reads what has no size of its own", () => {
    expect(readTextFile("/dev/null")).toEqual({ found: true, text: "" });
  });

  it("tells a missing file from one that cannot be read", () => {
    expect(readTextFile(join(folder, "nothing"))).toMatchObject({ missing: true, problem: "does not exist" });
    expect(readTextFile(join(folder, "plain", "below"))).toMatchObject({ missing: true });
    mkdirSync(join(folder, "folder"));
    expect(readTextFile(join(folder, "folder"))).toMatchObject({ missing: false, problem: "is a folder" });
  });

  it("refuses what is no text", () => {
    expect(readTextFile(file("utf16", Buffer.from("\ufeffa: 1", "utf16le")))).toMatchObject({
      problem: "is UTF-16; save it as UTF-8",
    });
    expect(readTextFile(file("latin1", Buffer.from("schlüssel", "latin1")))).toMatchObject({
      problem: "is not UTF-8 text",
    });
  });

  it("is bounded in size, also for a device that never ends", () => {
    expect(readTextFile(file("largest", "a".repeat(1024 * 1024)))).toMatchObject({ found: true });
    expect(readTextFile(file("larger", "a".repeat(1024 * 1024 + 1)))).toMatchObject({
      problem: "is larger than 1 MiB",
    });
    expect(readTextFile("/dev/zero")).toMatchObject({ problem: "is larger than 1 MiB" });
  });
});
