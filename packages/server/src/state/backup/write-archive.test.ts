import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { openDataFolder } from "../data-folder.ts";
import { packSnapshot } from "./pack-snapshot.ts";
import { pinSnapshot } from "./snapshot.ts";
import { place, sampleFolder } from "./testing/sample-folder.ts";
import { canMount, smallDisk } from "./testing/small-disk.ts";
import { writeArchive } from "./write-archive.ts";

let base: string;
let snapshot: string;
let file: string;

beforeEach(async () => {
  base = place();
  const folder = await sampleFolder(join(base, "data"));
  writeFileSync(join(folder, "tls/long-name-".padEnd(150, "x")), randomBytes(100_000)); // more than ustar has room for
  snapshot = join(base, "copy");
  await pinSnapshot({ folder, target: snapshot, withAudit: true }).finish(() => {});
  file = join(base, "out/connack.tar.gz");
  mkdirSync(join(base, "out"));
});

describe("writeArchive", () => {
  it("writes one file for the owner alone, and says what it is", async () => {
    const progress: number[] = [];
    const onProgress = (done: number, total: number) => void progress.push(done / total);
    const { bytes, sha256, manifest } = await writeArchive(snapshot, file, { force: false, onProgress });
    expect(readdirSync(join(base, "out"))).toEqual(["connack.tar.gz"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect([bytes, sha256]).toEqual([
      statSync(file).size,
      createHash("sha256").update(readFileSync(file)).digest("hex"),
    ]);
    expect(manifest.keys).toBe(2);
    expect(progress).toEqual(progress.toSorted((one, other) => one - other));
    expect(progress.at(-1)).toBe(1);
  });

  it("is an archive that tar itself unpacks into a folder that works, the manifest first", async () => {
    await writeArchive(snapshot, file, { force: false });
    const list = execFileSync("tar", ["-tzf", file], { encoding: "utf8" }).trim().split("\n");
    expect(list[0]).toBe("manifest.json");
    expect(list).toContain("connack-data/keys/jwt-1.json");
    expect(list).toHaveLength(9);
    execFileSync("tar", ["-xzf", file], { cwd: join(base, "out") });
    const folder = await openDataFolder(join(base, "out/connack-data"));
    expect(folder.has("registry.db")).toBe(true);
    await folder.release();
  });

  it("does not replace a file unless told to", async () => {
    writeFileSync(file, "former");
    await expect(writeArchive(snapshot, file, { force: false })).rejects.toMatchObject({ code: "file_exists" });
    expect(readFileSync(file, "utf8")).toBe("former");
    await writeArchive(snapshot, file, { force: true });
    expect(statSync(file).size).toBeGreaterThan(1000);
    expect(readdirSync(join(base, "out"))).toEqual(["connack.tar.gz"]);
  });

  it("does not replace what came while it was writing", async () => {
    const onProgress = () => writeFileSync(file, "meanwhile");
    await expect(writeArchive(snapshot, file, { force: false, onProgress })).rejects.toMatchObject({
      code: "file_exists",
    });
    expect(readdirSync(join(base, "out"))).toEqual(["connack.tar.gz"]);
    expect(readFileSync(file, "utf8")).toBe("meanwhile");
  });

  it.each(["folder", "link", "/dev/null"])("never replaces a %s, which is no file", async (what) => {
    const target = what === "/dev/null" ? what : file;
    if (what === "folder") mkdirSync(file);
    if (what === "link") symlinkSync(join(base, "elsewhere"), file);
    const before = statSync(base).mtimeMs;
    await expect(writeArchive(snapshot, target, { force: true })).rejects.toMatchObject({ code: "file_exists" });
    expect(statSync(base).mtimeMs).toBe(before);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const controller = new AbortController();
    const options = { force: false, signal: controller.signal, onProgress: () => controller.abort() };
    await expect(writeArchive(snapshot, file, options)).rejects.toMatchObject({ name: "AbortError" });
    expect(readdirSync(join(base, "out"))).toEqual([]);
  });

  it.each([
    ["is not there", "nowhere"],
    ["is a file", "former"],
  ])("says which folder %s", async (_, name) => {
    writeFileSync(join(base, "former"), "x");
    const writing = writeArchive(snapshot, join(base, name, "connack.tar.gz"), { force: false });
    await expect(writing).rejects.toMatchObject({
      code: "not_writable",
      message: `there is no folder ${join(base, name)}`,
      next: expect.stringContaining("make it"),
    });
  });

  it("says of a file that cannot be made its own name, and why", async () => {
    const long = join(base, "x".repeat(250));
    await expect(writeArchive(snapshot, long, { force: false })).rejects.toMatchObject({
      code: "not_writable",
      message: `${long} cannot be made (ENAMETOOLONG)`,
    });
  });

  if (canMount())
    it("leaves nothing on a disk that is too small, nor harms what was there", async () => {
      const disk = smallDisk(join(base, "disk"), 64);
      const target = join(disk, "connack.tar.gz");
      writeFileSync(target, "former");
      const writing = writeArchive(snapshot, target, { force: true });
      await expect(writing).rejects.toMatchObject({ code: "no_room", message: expect.stringContaining(target) });
      expect(readdirSync(disk)).toEqual(["connack.tar.gz"]);
      expect(readFileSync(target, "utf8")).toBe("former");
    });
});

describe("packSnapshot", () => {
  it("fails as its sink does", async () => {
    const sink = new Writable({
      write(_chunk, _encoding, next) {
        next(Object.assign(new Error("no"), { code: "ENOSPC" }));
      },
    });
    await expect(packSnapshot(snapshot, sink)).rejects.toMatchObject({ code: "ENOSPC" });
  });

  it("fails when a file of the copy is taken away or changes its size", async () => {
    writeFileSync(join(snapshot, "connack-data/broker-token"), "x");
    const sink = () => new Writable({ write: (_chunk, _encoding, next) => next() });
    await expect(packSnapshot(snapshot, sink())).rejects.toThrow("Size mismatch");
    execFileSync("rm", [join(snapshot, "connack-data/broker-token")]);
    await expect(packSnapshot(snapshot, sink())).rejects.toMatchObject({ code: "ENOENT" });
  });
});
