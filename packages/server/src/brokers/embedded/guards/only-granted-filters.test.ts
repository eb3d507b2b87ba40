import { expect, it } from "vitest";
import type { Persistence } from "../aedes-internals.ts";
import { storeOnlyGrantedFilters } from "./only-granted-filters.ts";

it("stores what was granted, by the object that was, and never __proto__", async () => {
  const stored: string[] = [];
  const persistence = {
    addSubscriptions: async (_client: unknown, filters: { topic: string }[]) => {
      stored.push(...filters.map(({ topic }) => topic));
    },
  } as unknown as Persistence;
  const filters = ["a", "b", "__proto__", "c"].map((topic) => ({ topic, qos: 1 }));
  const granted = new WeakSet<object>(filters.filter(({ topic }) => topic !== "b"));
  storeOnlyGrantedFilters(persistence, granted);
  await persistence.addSubscriptions({ id: "client" }, [...filters, { topic: "a", qos: 1 } as { topic: string }]);
  expect(stored).toEqual(["a", "c"]);
});
