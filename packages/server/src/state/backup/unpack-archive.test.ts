import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { place, sampleArchive } from "./testing/sample-folder.ts";
import { unpackArchive } from "./unpack-archive.ts";

const tree = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => [name, statSync(join(folder, name)).size]);

it("writes and opens nothing any more once it has told that the archive is cut off, wherever that is", async () => {
  const base = place();
  const tar = gunzipSync(await sampleArchive());
  let most = 0;
  for (let length = 600; length < tar.length - 2048; length += 1536) {
    const target = join(base, String(length));
    mkdirSync(target);
    const cut = gzipSync(tar.subarray(0, length), { level: 1 });
    await expect(unpackArchive(Readable.from([cut]), { target })).rejects.toThrow(/cut off|not in it/);
    const told = tree(target);
    await sleep(2); // whatever was on its way has come
    expect(tree(target), `cut after ${length} bytes`).toEqual(told);
    most = Math.max(most, told.length);
  }
  expect(most).toBeGreaterThan(5);
});
