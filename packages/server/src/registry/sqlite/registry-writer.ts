import { parentPort, workerData } from "node:worker_threads";
import type { DeviceQuery, NewDevice } from "../device-registry.ts";
import { faultOf, StoreFaultError, storeFault } from "./store-fault.ts";
import { StoreKeeper } from "./store-keeper.ts";
import { findMoved } from "./watch-store-file.ts";
import { internalFailure, type WriteRequest, writeBatch } from "./write-batch.ts";
import type { FromWriter, ListResult, ToWriter, WriterSettings } from "./writer-messages.ts";

/** The writer thread: the only place that changes the registry file. */
const settings = workerData as WriterSettings;
const port = parentPort;
if (port === null) throw new Error("registry-writer runs as a worker thread only");

/** Requests in one transaction, at most; more wait for the next one. */
const longestBatch = 1000;

const waiting: WriteRequest[] = [];
const stages = new Map<number, NewDevice[]>();
const keeper = new StoreKeeper(settings, post);
const watch = setInterval(() => keeper.tick(), settings.watchMs);

port.on("message", (message: ToWriter) => {
  switch (message.type) {
    case "write":
      if (waiting.push(message) === 1) setImmediate(writeWaiting); // what arrives meanwhile goes into the same batch
      break;
    case "list":
      void list(message.request, message.query).then(post);
      break;
    case "stage":
      stage(message.stage, message.devices);
      break;
    case "unstage":
      stages.delete(message.stage);
      break;
    case "reader closed":
      keeper.readerClosed(message.generation);
      break;
    case "reader failed":
      keeper.failed(message.fault);
      break;
    case "close":
      while (waiting.length > 0) writeWaiting();
      clearInterval(watch);
      keeper.close();
      port.close();
      break;
  }
});

await keeper.start();

function writeWaiting(): void {
  const requests = waiting.splice(0, longestBatch);
  if (requests.length === 0) return;
  if (waiting.length > 0) setImmediate(writeWaiting);
  const { store, fault } = keeper;
  if (store === undefined || fault !== undefined) {
    const failure = { cause: "store", fault: fault ?? faultOf("unavailable") } as const;
    post({ type: "results", results: requests.map(({ request }) => ({ request, failure })) });
    return;
  }
  const staged = (stage: number) => stages.get(stage) ?? [];
  const outcome = writeBatch(store.db, store.write, requests, staged, () => findMoved(store, settings.file));
  // the state first: whoever is told of a failure finds the reason in health()
  if (outcome.fault !== undefined) keeper.failed(outcome.fault);
  post({ type: "results", results: outcome.results });
}

function stage(number: number, devices: NewDevice[]): void {
  const staged = stages.get(number);
  if (staged === undefined) stages.set(number, devices);
  else staged.push(...devices);
}

async function list(request: number, query: DeviceQuery & { limit: number }): Promise<ListResult> {
  const { listDevices } = await import("./list-devices.ts"); // brings kysely in
  const { store } = keeper;
  try {
    if (store === undefined) throw new StoreFaultError(keeper.fault ?? faultOf("unavailable"));
    return { type: "list", request, devices: await listDevices(store.db, query) };
  } catch (error) {
    const fault =
      storeFault(error) ?? (keeper.store === store ? undefined : faultOf("unavailable", "closed meanwhile"));
    if (fault !== undefined && keeper.store === store) keeper.failed(fault);
    return { type: "list", request, failure: fault ? { cause: "store", fault } : internalFailure("list", error) };
  }
}

function post(message: FromWriter): void {
  port?.postMessage(message);
}
