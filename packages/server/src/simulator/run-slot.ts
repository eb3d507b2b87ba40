import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { OperationError } from "../operations/operation.ts";
import { UnusableFolder } from "../state/data-folder-path.ts";
import { FolderInUse, lockFolder } from "../state/folder-lock.ts";
import { makeFolder } from "../state/make-folder.ts";

/** Simulations on one data folder at the same time. */
const slots = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/**
 * A number that one simulation has for itself while it runs, also as part of the names of its identities. The next
 * simulation has it again: removed devices leave their ids in the registry, and so these do not add up.
 */
export interface RunSlot {
  number: number;
  release(): void;
}

/** The lowest slot that no simulation uses. Throws `OperationError` where there is none. */
export function takeRunSlot(folder: string): RunSlot {
  for (const number of slots) {
    const slot = tryToTake(folder, number);
    if (slot) return slot;
  }
  throw new OperationError(
    "too_many_simulations",
    `${slots.length} simulations run on ${folder} already`,
    "wait until one has ended",
  );
}

/** Slots that were used and that nobody uses now, held until they are released. */
export function takeIdleSlots(folder: string): RunSlot[] {
  return slots
    .filter((number) => existsSync(slotFolder(folder, number)))
    .map((number) => tryToTake(folder, number))
    .filter((slot) => slot !== undefined);
}

/** The operating system gives it back with the end of the process, whatever ends it. */
function tryToTake(folder: string, number: number): RunSlot | undefined {
  const own = slotFolder(folder, number);
  if (!existsSync(own)) {
    leaveToItsOwner(folder);
    makeFolder(own, 0o700);
  }
  try {
    const lock = lockFolder(own);
    return { number, release: () => lock.release() };
  } catch (error) {
    if (error instanceof FolderInUse) return undefined;
    throw error;
  }
}

function slotFolder(folder: string, number: number): string {
  return join(folder, `simulate-${number}`);
}

/** Root would make a folder that the server's user could not use. */
function leaveToItsOwner(folder: string): void {
  const { uid } = statSync(folder);
  if (uid === 0 || process.getuid?.() !== 0) return;
  throw new UnusableFolder(
    `${folder} belongs to the user with the id ${uid}, and this is root: run the same as that user, with sudo -u '#${uid}'`,
  );
}
