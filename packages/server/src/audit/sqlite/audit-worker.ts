import { parentPort, workerData } from "node:worker_threads";
import { AuditJob } from "./audit-job.ts";
import { AuditKeeper } from "./audit-keeper.ts";
import type { AuditSettings, FromAudit, ToAudit } from "./audit-messages.ts";

/** The audit's thread: the only place that opens the audit file. */
const settings = workerData as AuditSettings;
const port = parentPort;
if (port === null) throw new Error("audit-worker runs as a worker thread only");

const job = new AuditJob(settings, (message: FromAudit) => port.postMessage(message));
const keeper = new AuditKeeper(settings, job);
job.keptBy(keeper);
const watch = setInterval(() => {
  keeper.tick();
  job.tick();
}, settings.watchMs);

port.on("message", (message: ToAudit) => {
  if (message.type === "close") {
    job.write();
    clearInterval(watch);
    job.end();
    keeper.close();
    port.close();
  } else job.receive(message);
});

await keeper.open();
