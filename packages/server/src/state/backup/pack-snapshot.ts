import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Pack, pack } from "tar-stream";
import { dataPrefix, type Manifest, manifestName, parseManifest } from "./manifest.ts";

export interface PackOptions {
  signal?: AbortSignal;
  onProgress?(doneBytes: number, totalBytes: number): void;
}

export interface Packed {
  manifest: Manifest;
  /** Of what was written. */
  bytes: number;
  sha256: string;
}

/**
 * Writes a finished snapshot into `sink` as a tar archive (ustar) in gzip, the manifest first, and ends it. Rejects
 * with what reading and `sink` throw; whatever was written until then is worthless.
 */
export async function packSnapshot(path: string, sink: Writable, options: PackOptions = {}): Promise<Packed> {
  const manifest = parseManifest(readFileSync(join(path, manifestName), "utf8"));
  const archive = pack();
  archive.on("error", ignore);
  const hash = createHash("sha256");
  let bytes = 0;
  const measure = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const { signal } = options;
  const written = pipeline(archive, createGzip(), measure, sink, { ...(signal && { signal }) });
  const ends = await Promise.allSettled([
    written, // first: where the sink failed, feeding only ended early
    addAll(archive, path, manifest, options).catch((error: Error) => {
      archive.destroy(error); // ends the pipeline
      throw error;
    }),
  ]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return { manifest, bytes, sha256: hash.digest("hex") };
}

async function addAll(archive: Pack, path: string, manifest: Manifest, { onProgress }: PackOptions): Promise<void> {
  const mtime = new Date(manifest.createdAt);
  const total = manifest.files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const add = async (name: string, size: number) => {
    const file = createReadStream(join(path, name), { highWaterMark: 1 << 20 });
    for await (const chunk of addEntry(archive, { name, size, mtime }, file)) {
      done += chunk.length;
      onProgress?.(Math.min(done, total), total);
    }
  };
  await add(manifestName, statSync(join(path, manifestName)).size);
  for (const { name, size } of manifest.files) await add(dataPrefix + name, size);
  archive.finalize();
}

/** Every error reaches the promises too; without a listener its event would end the process. */
function ignore(): void {}

/** Gives each piece when the archive has taken it; ends when the whole entry is taken. */
async function* addEntry(
  archive: Pack,
  header: { name: string; size: number; mtime: Date },
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let entry: Writable | undefined;
  const taken = new Promise<void>((resolve, reject) => {
    const end = (error?: Error | null) => (error ? reject(error) : resolve());
    // Of streamx, which is a Writable in what is used here; Node's own pipeline does not see it end.
    entry = archive.entry({ ...header, mode: 0o600, type: "file" }, end) as unknown as Writable;
  });
  taken.catch(ignore);
  entry?.on("error", ignore);
  for await (const chunk of content) {
    if (!entry?.write(chunk)) await Promise.race([taken, new Promise((resolve) => entry?.once("drain", resolve))]);
    yield chunk;
  }
  entry?.end();
  await taken;
}
