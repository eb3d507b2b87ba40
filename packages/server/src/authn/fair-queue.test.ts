import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";

/** Adds "host/name/item" texts, one millisecond apart, and gives what was pushed out. */
function fill(queue: FairQueue<string>, texts: string[], fromMs = 0): string[] {
  return texts.flatMap((item, index) => {
    const [host = "", name = ""] = item.split("/");
    return queue.add({ item, host, name, sinceMs: fromMs + index });
  });
}

function takeAll(queue: FairQueue<string>): string[] {
  const taken: string[] = [];
  for (let place = queue.take(); place; place = queue.take()) taken.push(place.item);
  return taken;
}

const roomy = { maxPerName: 100, max: 1000 };

describe("FairQueue", () => {
  it("lets hosts take turns, then names, and the newest of a name go first", () => {
    const queue = new FairQueue<string>(roomy);
    fill(queue, ["a/x/1", "a/x/2", "a/x/3", "a/y/1", "b/x/1", "b/x/2"]);
    expect(takeAll(queue)).toEqual(["a/x/3", "b/x/2", "a/y/1", "b/x/1", "a/x/2", "a/x/1"]);
    expect(queue.size).toBe(0);
  });

  it("gives a host that comes late its turn after one round, however much the others have", () => {
    const queue = new FairQueue<string>(roomy);
    fill(
      queue,
      Array.from({ length: 200 }, (_, index) => `flood/name ${index}/x`),
    );
    queue.take();
    fill(queue, ["quiet/me/x"]);
    expect([queue.take()?.host, queue.take()?.host]).toEqual(["flood", "quiet"]);
  });

  it("pushes the oldest of a name out", () => {
    const queue = new FairQueue<string>({ maxPerName: 2, max: 1000 });
    expect(fill(queue, ["a/x/1", "a/y/1", "a/x/2", "a/x/3", "b/x/1"])).toEqual(["a/x/1"]);
    expect(takeAll(queue)).toEqual(["a/x/3", "b/x/1", "a/y/1", "a/x/2"]);
  });

  it("takes from the host with the most when it is full", () => {
    const queue = new FairQueue<string>({ maxPerName: 100, max: 4 });
    expect(fill(queue, ["quiet/me/1", "flood/x/1", "flood/y/1", "flood/z/1", "flood/w/1"])).toEqual(["flood/x/1"]);
    expect(fill(queue, ["other/me/1"])).toEqual(["flood/y/1"]);
  });

  it("takes the newcomer when all hosts have the same", () => {
    const queue = new FairQueue<string>({ maxPerName: 100, max: 2 });
    expect(fill(queue, ["a/x/1", "b/x/1", "c/x/1"])).toEqual(["c/x/1"]);
    expect(takeAll(queue)).toEqual(["a/x/1", "b/x/1"]);
  });

  it("removes what is too old, oldest first", () => {
    const queue = new FairQueue<string>(roomy);
    fill(queue, ["a/x/1", "b/x/1", "a/x/2", "a/y/1"], 100);
    expect(queue.removeUntil(99)).toEqual([]);
    expect(queue.removeUntil(102)).toEqual(["a/x/1", "b/x/1", "a/x/2"]);
    expect(takeAll(queue)).toEqual(["a/y/1"]);
  });

  it("removes a place once", () => {
    const queue = new FairQueue<string>(roomy);
    const place = { item: "1", host: "a", name: "x", sinceMs: 0 };
    queue.add(place);
    fill(queue, ["a/x/2"]);
    queue.remove(place);
    queue.remove(place);
    expect(takeAll(queue)).toEqual(["a/x/2"]);
  });

  it("loses nothing, repeats nothing and stays within its bounds, whatever comes", () => {
    const step = fc.oneof(
      fc.record({ host: fc.constantFrom("", "a", "b", "__proto__"), name: fc.constantFrom("x", "y", "constructor") }),
      fc.constantFrom("take", "expire", "remove"),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new FairQueue<number>({ maxPerName: 4, max: 9 });
        const places = [];
        const out: number[] = [];
        for (const [index, what] of steps.entries()) {
          if (what === "take") out.push(...[queue.take()].flatMap((place) => place?.item ?? []));
          else if (what === "expire") out.push(...queue.removeUntil(index - 20));
          else if (what === "remove") {
            const [place] = places.filter(({ item }) => !out.includes(item));
            if (place) {
              queue.remove(place);
              out.push(place.item);
            }
          } else {
            const place = { item: index, ...what, sinceMs: index };
            places.push(place);
            out.push(...queue.add(place));
          }
          expect(queue.size).toBeLessThanOrEqual(9);
          expect(queue.size).toBe(places.length - out.length);
        }
        for (let place = queue.take(); place; place = queue.take()) out.push(place.item);
        expect(out.sort((a, b) => a - b)).toEqual(places.map(({ item }) => item));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
