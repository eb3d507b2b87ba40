import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { NewAuditEvent } from "../audit-event.ts";
import type { QueuedEntry } from "../audit-queue.ts";
import { packEntry } from "../pack-entry.ts";
import { type OpenAudit, openAuditFile } from "../sqlite/audit-file.ts";
import { EntryWriter } from "../sqlite/write-entries.ts";
import { newFolder } from "./open-test-audit.ts";

export interface TestFile {
  open: OpenAudit;
  writer: EntryWriter;
  /** Writes entries in one batch; gives how many could not be. */
  write(entries: readonly TestEntry[], now?: number): number;
}

export type TestEntry = Pick<QueuedEntry, "id" | "fold" | "row"> & { event: NewAuditEvent; at: number; count?: number };

/** An audit file written to without a thread. */
export async function openTestFile(file = join(newFolder(), "audit.db"), writerName = "test"): Promise<TestFile> {
  const open = await openAuditFile({ file, busyTimeoutMs: 100, pragmas: [] });
  onTestFinished(() => void open.db.close());
  const writer = new EntryWriter(open, writerName);
  let batch = writer.progress.batch;
  return {
    open,
    writer,
    write(entries, now = Math.max(...entries.map(({ at }) => at))) {
      const packed = entries.map(({ at, count = 1, ...entry }) =>
        packEntry({ ...entry, count, firstAt: at, lastAt: at }),
      );
      const json = JSON.stringify(packed);
      const written = writer.write([{ batch: ++batch, count: packed.length, now, entries: json }], () => undefined);
      if (!("lost" in written)) throw new Error(written.detail);
      return written.lost;
    },
  };
}
