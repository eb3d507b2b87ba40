import { relative } from "node:path";

/** The kernel's limit for the path of a Unix socket on Linux, without the closing zero; macOS has 103. */
const limit = process.platform === "darwin" ? 103 : 107;

/** The path as it can be bound: as it is, or relative to the working directory where that is shorter. Throws `RangeError`. */
export function shortSocketPath(path: string): string {
  const candidates = [path, relative(process.cwd(), path)];
  const fitting = candidates.find((candidate) => Buffer.byteLength(candidate) <= limit);
  if (fitting !== undefined) return fitting;
  throw new RangeError(
    `the path of the control socket is longer than ${limit} bytes: choose a shorter data folder (CONNACK_DATA)`,
  );
}
