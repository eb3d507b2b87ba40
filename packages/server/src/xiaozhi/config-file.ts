import { readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { OperationError } from "../operations/operation.ts";

/** The configuration of a xiaozhi server as it lies on disk. */
export interface ConfigFile {
  /** As it was named. */
  name: string;
  /** Full path of the file itself, symbolic links followed. */
  path: string;
  bytes: Buffer;
  /** With its byte order mark, where it has one, so that offsets are those of the file. */
  text: string;
  stats: Stats;
}

/** A configuration is a few kilobytes; whatever is larger is another file. */
const largestFile = 1024 * 1024;

/** Throws `OperationError`: `bad_input` for what is no file, `configuration` for what is no text. */
export function readConfigFile(name: string): ConfigFile {
  try {
    const path = realpathSync(name);
    const stats = statSync(path);
    if (!stats.isFile()) throw notAFile(name, "is not a file");
    if (stats.size > largestFile) throw notAFile(name, "is larger than 1 MiB");
    const bytes = readFileSync(path);
    return { name, path, bytes, text: textOf(bytes, name), stats };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof OperationError) throw error;
    if (code === "ENOENT" || code === "ENOTDIR") throw notAFile(name, "does not exist");
    if (code === "ELOOP") throw notAFile(name, "is a symbolic link that leads back to itself");
    if (code === "EACCES" || code === "EPERM") {
      throw new OperationError(
        "configuration",
        `${name} cannot be read: permission denied`,
        "run it as the file's owner",
      );
    }
    throw error;
  }
}

function notAFile(name: string, problem: string): OperationError {
  return new OperationError("bad_input", `${name} ${problem}`, "name the server's own file, usually data/.config.yaml");
}

function textOf(bytes: Buffer, name: string): string {
  const refuse = (problem: string) =>
    new OperationError("configuration", `${name} ${problem}`, "save it as UTF-8 text");
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) throw refuse("is UTF-16");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("is not UTF-8 text");
  }
  if (text.includes("\u0000")) throw refuse("holds a NUL character");
  // YAML programs differ on where a line ends then
  if (/\r(?!\n)|[\u0085\u2028\u2029]/.test(text)) throw refuse("has line ends that are neither LF nor CRLF");
  return text;
}
