import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { deviceCalled, registryFiles } from "../testing/watched-registry.ts";
import { faultOf } from "./store-fault.ts";
import type { StoreOperation } from "./store-operation.ts";
import { prepareStoreWrites } from "./store-writes.ts";
import { writeBatch } from "./write-batch.ts";

const { newFile } = registryFiles();

function openBatch() {
  const db = new Database(newFile());
  onTestFinished(() => void db.close());
  const write = prepareStoreWrites(db);
  const nothingStaged = () => [];
  return {
    db,
    run: (operations: StoreOperation[], beforeCommit: Parameters<typeof writeBatch>[4] = () => undefined) => {
      const requests = operations.map((operation, request) => ({ request, operation }));
      return writeBatch(db, write, requests, nothingStaged, beforeCommit);
    },
    ids: () => db.prepare("select id from devices order by id").pluck().all(),
  };
}
const add = (id: string, rest = {}): StoreOperation => ({ kind: "add", device: { ...deviceCalled(id), ...rest } });

describe("writeBatch", () => {
  it("takes back only what was refused, wholly", () => {
    const { run, ids } = openBatch();
    const { results, fault } = run([
      add("a", { clientIds: ["taken"] }),
      add("b", { clientIds: ["free", "taken"] }),
      add("a"),
      add("c", { clientIds: ["free"] }),
    ]);
    expect(fault).toBeUndefined();
    expect(results).toMatchObject([
      { request: 0, value: { id: "a" } },
      { request: 1, failure: { cause: "registry", code: "client_id_taken" } },
      { request: 2, failure: { cause: "registry", code: "device_exists" } },
      { request: 3, value: { id: "c", clientIds: ["free"] } },
    ]);
    expect(ids()).toEqual(["a", "c"]);
  });

  it("keeps nothing when the commit is forbidden", () => {
    const { db, run, ids } = openBatch();
    const missing = faultOf("missing");
    const { results, fault } = run([add("a"), add("b")], () => missing);
    expect(fault).toEqual(missing);
    expect(results).toEqual([0, 1].map((request) => ({ request, failure: { cause: "store", fault: missing } })));
    expect(ids()).toEqual([]);
    expect(db.inTransaction).toBe(false);
  });

  it("keeps nothing when the store fails in the middle", () => {
    const { db, run, ids } = openBatch();
    const pages = db.pragma("page_count", { simple: true }) as number;
    db.pragma(`max_page_count = ${pages + 20}`);
    const big = (id: string) => add(id, { attributes: { a: "x".repeat(30_000) } });
    const { results, fault } = run([add("small"), ...["a", "b", "c", "d"].map(big)]);
    expect(fault).toMatchObject({ state: "full" });
    expect(results).toHaveLength(5);
    for (const result of results)
      expect(result).toMatchObject({ failure: { cause: "store", fault: { state: "full" } } });
    expect(ids()).toEqual([]);
  });

  it("says of a mistake of ours what kind it was, and quotes nothing", () => {
    const { run, ids } = openBatch();
    const { results, fault } = run([add("a", { createdAt: "hash of a" }), add("b")]);
    expect(fault).toBeUndefined();
    expect(results).toMatchObject([
      { failure: { message: "the registry failed in add: SqliteError SQLITE_CONSTRAINT_DATATYPE" } },
      { value: { id: "b" } },
    ]);
    expect(ids()).toEqual(["b"]);
  });
});
