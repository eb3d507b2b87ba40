import { OperationError } from "./operation.ts";

const codes: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What to tell of a file that could not be written as the disk is full; `undefined` for any other error. */
export function noRoom(error: unknown): OperationError | undefined {
  const { code, path } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (!codes.has(code)) return undefined;
  const where = path === undefined ? "the data folder could not be written" : `${path} could not be written`;
  return new OperationError("no_room", `${where}: the disk is full (${code})`, "free some space, then do it again");
}
