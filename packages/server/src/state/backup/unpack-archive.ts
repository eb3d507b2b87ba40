import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { BackupProblem, notABackup, orNoRoom } from "./backup-problem.ts";
import { dataPrefix, type Manifest, type ManifestFile, manifestName, parseManifest } from "./manifest.ts";
import { databases, inventoryFile, isHarmlessName } from "./state-files.ts";

/** Bytes of a manifest, and of any file but a database; headers and padding of the archive per file. */
const limits = { manifest: 16 * 1024 * 1024, file: 16 * 1024 * 1024, overhead: 8192 };

export interface UnpackOptions {
  /** An empty folder. */
  target: string;
  onProgress?(doneBytes: number, totalBytes: number): void;
}

/**
 * Unpacks a backup into a folder: exactly the files of its manifest, each of its size and digest, 0600, in folders 0700.
 * Throws `BackupProblem` for everything else – a file that is cut off, damaged, or none of ours; links, paths that lead
 * out of the folder, names that come twice – and for a disk that is too small. What is in the folder then is worthless.
 */
export async function unpackArchive(source: Readable, { target, onProgress }: UnpackOptions): Promise<Manifest> {
  let manifest: Manifest | undefined;
  const awaited = new Map<string, ManifestFile>();
  /** What came first: the pipeline may tell only that a stream ended early. */
  let cause: unknown;
  let taking: Promise<void> | undefined;
  let isOver = false;
  let read = 0;
  let done = 0;
  let most = limits.manifest + limits.overhead;

  async function take(header: Header, content: AsyncIterable<Buffer>): Promise<void> {
    if (manifest === undefined) {
      manifest = await readManifest(header, content);
      for (const file of manifest.files) awaited.set(file.name, file);
      const total = totalOf(manifest);
      checkRoom(target, total);
      most += total + manifest.files.length * limits.overhead;
      return;
    }
    const name = header.name.startsWith(dataPrefix) ? header.name.slice(dataPrefix.length) : "";
    const file = awaited.get(name);
    if (file === undefined || header.type !== "file" || header.size !== file.size) {
      throw damaged(`${JSON.stringify(header.name)} is not what its ${manifestName} names`);
    }
    awaited.delete(name);
    const total = totalOf(manifest);
    await writeFile(join(target, name), content, file, (bytes) => {
      done += bytes;
      onProgress?.(done, total);
    });
  }

  const archive = extract();
  archive.on("entry", (header, content, next) => {
    content.on("error", () => {}); // told by the pipeline too
    if (isOver) return; // in bytes that were read before another part failed
    taking = take(header, content as AsyncIterable<Buffer>);
    taking.then(
      () => next(),
      (error: Error) => {
        cause ??= error;
        next(error);
      },
    );
  });
  const bounded = async function* (chunks: AsyncIterable<Buffer>) {
    try {
      for await (const chunk of chunks) {
        read += chunk.length;
        if (read > most) throw damaged("it holds more than it says");
        yield chunk;
      }
    } catch (error) {
      cause ??= error;
      throw error;
    }
  };
  try {
    await pipeline(source, createGunzip(), bounded, archive);
  } catch (error) {
    isOver = true;
    await taking?.catch(() => {}); // nothing is written any more when this is told
    throw orNoRoom(asDamage(cause ?? error), `the files could not be unpacked into ${target}`);
  }
  if (manifest === undefined) throw notABackup("it is an empty archive");
  const missing = awaited.keys().next().value;
  if (missing !== undefined) throw damaged(`${missing} is not in it`);
  return manifest;
}

async function readManifest(header: Header, content: AsyncIterable<Buffer>): Promise<Manifest> {
  const { name, type, size } = header;
  if (name !== manifestName || type !== "file") throw notABackup("it is an archive, but no backup of Connack");
  if (size > limits.manifest) throw damaged(`its ${manifestName} is too large`);
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const manifest = parseManifest(Buffer.concat(chunks).toString("utf8"));
  checkNames(manifest.files);
  return manifest;
}

/** Before anything is written: no name that leads elsewhere, none twice, nothing out of proportion, nothing essential missing. */
function checkNames(files: readonly ManifestFile[]): void {
  const names = new Set<string>();
  const folders = new Set(files.map(({ name }) => dirname(name)));
  const isDatabase = (name: string) => name === databases.registry || name === databases.audit;
  for (const { name, size } of files) {
    if (!isHarmlessName(name))
      throw damaged(`it has a file with a name that none of Connack's has: ${JSON.stringify(name)}`);
    if (names.has(name)) throw damaged(`it names ${name} twice`);
    if (folders.has(name)) throw damaged(`it names ${name} as a file and as a folder`);
    if (!isDatabase(name) && size > limits.file) throw damaged(`${name} is too large`);
    names.add(name);
  }
  const missing = [inventoryFile, databases.registry].find((name) => !names.has(name));
  if (missing !== undefined) throw damaged(`${missing} is not in it`);
}

function checkRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bytes <= bavail * bsize) return;
  const inMegabytes = (value: number) => `${Math.ceil(value / 1e6)} MB`;
  throw new BackupProblem(
    "no_room",
    `the backup needs ${inMegabytes(bytes)} in ${folder}, and ${inMegabytes(bavail * bsize)} are free`,
    "free some space, then do it again",
  );
}

/** When this ends, well or badly, the file is closed: nothing is opened or written afterwards, as a stream might. */
async function writeFile(
  path: string,
  content: AsyncIterable<Buffer>,
  { name, sha256 }: ManifestFile,
  onWritten: (bytes: number) => void,
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const file = openSync(path, "wx", 0o600);
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      writeFileSync(file, chunk); // all of it, behind what was written before
      onWritten(chunk.length);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (hash.digest("hex") !== sha256) throw damaged(`the content of ${name} is not what it was`);
}

function totalOf({ files }: Manifest): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function damaged(what: string): BackupProblem {
  return new BackupProblem("backup_damaged", `the backup is damaged: ${what}`, "take another one; nothing was changed");
}

/** What zlib and tar-stream say of bytes that are not theirs. */
function asDamage(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "Z_BUF_ERROR" || message === "Unexpected end of data") return damaged("it is cut off");
  if (message === "incorrect header check") return notABackup("this is no backup of Connack");
  if (code?.startsWith("Z_")) return damaged("it cannot be unpacked");
  if (/^(?:Invalid (?:tar )?header|Header exceeds)/.test(message ?? ""))
    return notABackup("this is no backup of Connack, or a damaged one");
  return error;
}
