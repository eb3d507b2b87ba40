import { closeSync, openSync, readSync } from "node:fs";

/** A configuration is a few kilobytes; whatever is larger is another file. */
const largestFile = 1024 * 1024;

export type TextFile =
  | { found: true; text: string }
  /** `problem` is a phrase to follow the file's name. */
  | { found: false; missing: boolean; problem: string };

/** The text of a UTF-8 file, without byte order mark. Never throws; bounded in size, also for devices and pipes. */
export function readTextFile(path: string): TextFile {
  let bytes: Buffer;
  try {
    bytes = readBounded(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return {
      found: false,
      missing: code === "ENOENT" || code === "ENOTDIR",
      problem: problems[code] ?? `cannot be read (${code})`,
    };
  }
  if (bytes.length > largestFile) return refuse("is larger than 1 MiB");
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return refuse("is UTF-16; save it as UTF-8");
  }
  try {
    return { found: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return refuse("is not UTF-8 text");
  }
}

const problems: Record<string, string> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist: a part of its path is not a folder",
  EISDIR: "is a folder",
  EACCES: "cannot be read: permission denied",
  EPERM: "cannot be read: permission denied",
};

function refuse(problem: string): TextFile {
  return { found: false, missing: false, problem };
}

/** At most one byte more than `largestFile`; the size is not asked, because pipes and mounted secrets do not tell it. */
function readBounded(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(largestFile + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
