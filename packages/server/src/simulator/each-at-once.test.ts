import { expect, it } from "vitest";
import { eachAtOnce } from "./each-at-once.ts";

const items = Array.from({ length: 20 }, (_, index) => index);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it("does all, so many at once", async () => {
  const done: number[] = [];
  let [underWay, most] = [0, 0];
  await eachAtOnce(items, 3, async (item) => {
    most = Math.max(most, ++underWay);
    await turn();
    underWay--;
    done.push(item);
  });
  expect([done.sort((one, other) => one - other), most]).toEqual([items, 3]);
});

it("ends with the first failure, when those under way are done", async () => {
  const done: number[] = [];
  const work = eachAtOnce(items, 2, async (item) => {
    await turn();
    if (item === 3) throw new Error("three");
    done.push(item);
  });
  await expect(work).rejects.toThrow("three");
  const atTheEnd = [...done];
  await turn();
  expect(done).toEqual(atTheEnd);
  expect(done.length).toBeLessThan(6);
});

it("begins no more once it is aborted", async () => {
  const stopping = new AbortController();
  let begun = 0;
  const work = eachAtOnce(
    items,
    2,
    async () => {
      if (++begun === 4) stopping.abort(new Error("enough"));
      await turn();
    },
    stopping.signal,
  );
  await expect(work).rejects.toThrow("enough");
  expect(begun).toBe(4);
});
