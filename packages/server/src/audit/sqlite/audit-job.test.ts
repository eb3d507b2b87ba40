import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { openTestFile } from "../testing/open-test-file.ts";
import { AuditJob } from "./audit-job.ts";
import { AuditKeeper } from "./audit-keeper.ts";
import type { AuditSettings, FromAudit } from "./audit-messages.ts";

async function openJob() {
  const { open } = await openTestFile();
  const limits = { keepFor: 1e9, maxRows: 1e9, maxBytes: 1e12 };
  const settings: AuditSettings = {
    ...{ file: open.path, writer: "test", watchMs: 1000, busyTimeoutMs: 100, pragmas: [] },
    ...limits,
  };
  const posted: FromAudit[] = [];
  const job = new AuditJob(settings, (message) => posted.push(message));
  const keeper = new AuditKeeper(settings, job);
  job.keptBy(keeper);
  await keeper.open();
  await turn(); // it looks for what waits
  return { job, keeper, written: () => posted.flatMap((each) => (each.type === "written" ? each.batch : [])) };
}

const batch = (number: number, more: boolean) => {
  const entries = JSON.stringify([[null, null, 0, number, "connect", 1, 1, 1, ...Array(19).fill(null)]]);
  return { type: "entries" as const, batch: number, count: 1, now: 10, entries, more };
};

it("batches that follow each other at once are written in one transaction", async () => {
  const { job, keeper, written } = await openJob();
  job.receive(batch(1, true));
  await turn();
  await turn();
  expect(written()).toEqual([]);
  job.receive(batch(2, true));
  job.receive(batch(3, false));
  await turn();
  await turn();
  expect(written()).toEqual([3]);
  keeper.close();
});

it("a batch is written with the next look at the file, where none follows", async () => {
  const { job, keeper, written } = await openJob();
  job.receive(batch(1, true));
  job.tick();
  expect(written()).toEqual([1]);
  keeper.close();
});
