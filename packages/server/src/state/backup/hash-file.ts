import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ManifestFile } from "./manifest.ts";

/** Size and digest of a file as it is read. */
export async function hashFile(path: string): Promise<Pick<ManifestFile, "size" | "sha256">> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest("hex") };
}
