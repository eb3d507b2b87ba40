import { expect, it } from "vitest";
import { createTurns } from "./create-turns.ts";

it("runs so many at once, the others in their order, also after one that fails", async () => {
  const inTurn = createTurns(2);
  const ends: ((fails: boolean) => void)[] = [];
  let running = 0;
  let most = 0;
  const all = ["a", "b", "c", "d", "e"].map((name) =>
    inTurn(async () => {
      most = Math.max(most, ++running);
      const fails = await new Promise<boolean>((resolve) => ends.push(resolve));
      running--;
      if (fails) throw new Error(name);
      return name;
    }).catch((error: Error) => `${error.message} failed`),
  );
  for (let index = 0; index < all.length; index++) {
    while (ends.length <= index) await new Promise(setImmediate);
    ends[index]?.(index === 1);
  }
  expect(await Promise.all(all)).toEqual(["a", "b failed", "c", "d", "e"]);
  expect(most).toBe(2);
  expect(await inTurn(async () => "again")).toBe("again");
});
