import type { Readable, Writable } from "node:stream";

/** What a command line reads from and writes to. The process itself is one. */
export interface Surroundings {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable;
  env: NodeJS.ProcessEnv;
  cwd(): string;
}
