import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../../../state/make-folder.ts";
import { readJsonFile } from "../../../state/read-json-file.ts";
import { removeFileDurably, writeFileDurably } from "../../../state/write-file-durably.ts";
import type { Json } from "../management/management-client.ts";

const json = z.json() as z.ZodType<Json>;

const entrySchema = z.strictObject({
  /** As `nameOf` calls it. */
  object: z.string(),
  /** As it was, in the form PUT takes; `null` where it was not there. What EMQX hides is `******`. */
  before: json,
  /** What it was to become, hidden values as `******`; `null` where it was to go. */
  intended: json,
  /** Places of the secrets we put there. */
  wrote: z.array(z.string()),
  /** As EMQX had it after the change; missing until that was read. */
  left: json.optional(),
  state: z.enum(["planned", "begun", "done"]),
  begunAt: z.iso.datetime().optional(),
});

const snapshotSchema = z.strictObject({
  version: z.literal(1),
  /** Of which EMQX. */
  emqx: z.string(),
  emqxVersion: z.string(),
  takenAt: z.iso.datetime(),
  entries: z.array(entrySchema),
  /** When everything was done. Missing: it was cut short. */
  finishedAt: z.iso.datetime().optional(),
  rolledBackAt: z.iso.datetime().optional(),
});

/** What one change found, what it was to do, and how far it came. Holds what EMQX shows in clear. */
export type Snapshot = z.infer<typeof snapshotSchema>;
export type SnapshotEntry = Snapshot["entries"][number];

export interface NamedSnapshot {
  /** Of its file, without the folder and `.json`. */
  name: string;
  snapshot: Snapshot;
}

/** The folder of snapshots below the folder of everything about EMQX. */
export function snapshotsFolder(folder: string): string {
  return join(folder, "snapshots");
}

/** All of one EMQX, oldest first. Throws `DamagedFolder` naming a file that cannot be read. */
export function listSnapshots(folder: string, emqx: string): NamedSnapshot[] {
  const place = snapshotsFolder(folder);
  if (!existsSync(place)) return [];
  const names = readdirSync(place).flatMap((file) =>
    /^[0-9TZ.-]+\.json$/.test(file) ? [file.slice(0, -".json".length)] : [],
  );
  return names
    .sort()
    .map((name) => ({ name, snapshot: readJsonFile(join(place, `${name}.json`), snapshotSchema) }))
    .filter(({ snapshot }) => snapshot.emqx === emqx);
}

/** Those whose changes are still in EMQX, oldest first. */
export function inForce(snapshots: readonly NamedSnapshot[]): NamedSnapshot[] {
  return snapshots.filter(
    ({ snapshot }) => snapshot.rolledBackAt === undefined && snapshot.entries.some(({ state }) => state !== "planned"),
  );
}

/** Writes a new one, so that it is there after a crash. Names are UTC times and sort by age. */
export async function createSnapshot(folder: string, snapshot: Snapshot): Promise<NamedSnapshot> {
  const place = snapshotsFolder(folder);
  makeFolder(place, 0o700);
  // Milliseconds are part of the name, so that two in one second have two names; the lock keeps a third away.
  const name = snapshot.takenAt.replaceAll(":", "-");
  const created = { name, snapshot };
  await saveSnapshot(folder, created);
  return created;
}

export async function saveSnapshot(folder: string, { name, snapshot }: NamedSnapshot): Promise<void> {
  await writeFileDurably(join(snapshotsFolder(folder), `${name}.json`), `${JSON.stringify(snapshot, null, 2)}\n`);
}

/** Those that came to nothing, and those rolled back long ago. */
export async function removeOldSnapshots(
  folder: string,
  snapshots: readonly NamedSnapshot[],
  keep = 20,
): Promise<void> {
  const useless = snapshots.filter(({ snapshot }) => snapshot.entries.every(({ state }) => state === "planned"));
  const over = snapshots.filter(({ snapshot }) => snapshot.rolledBackAt !== undefined);
  for (const { name } of [...useless, ...over.slice(0, Math.max(0, over.length - keep))]) {
    await removeFileDurably(join(snapshotsFolder(folder), `${name}.json`));
  }
}

/** What a process left that was killed while it wrote; only under the lock of the folder. */
export function removeUnfinished(folder: string): void {
  for (const place of [folder, snapshotsFolder(folder)].filter((each) => existsSync(each))) {
    const names = readdirSync(place).filter((name) => /\.json\.[0-9a-f]{12}\.tmp$/.test(name));
    for (const name of names) rmSync(join(place, name));
  }
}
