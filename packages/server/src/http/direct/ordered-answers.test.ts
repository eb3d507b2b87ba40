import { describe, expect, it } from "vitest";
import { OrderedAnswers } from "./ordered-answers.ts";

interface Numbered {
  number: number;
}

function collect() {
  const given: number[] = [];
  let later = 0;
  const answers = new OrderedAnswers<Numbered>(
    ({ number }) => void given.push(number),
    () => void later++,
  );
  return { given, answers, later: () => later };
}

function promised(number: number) {
  let come = () => {};
  const promise = new Promise<Numbered>((resolve) => {
    come = () => resolve({ number });
  });
  return { promise, come };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("OrderedAnswers", () => {
  it("gives at once what is there and has nothing before it", () => {
    const { given, answers, later } = collect();
    answers.add({ number: 0 });
    answers.add({ number: 1 });
    expect([given, answers.length, later()]).toEqual([[0, 1], 0, 0]);
  });

  it("holds what comes behind a late one, and tells once when it gave them", async () => {
    const { given, answers, later } = collect();
    const first = promised(0);
    answers.add(first.promise);
    answers.add({ number: 1 });
    answers.add({ number: 2 });
    const last = promised(3);
    answers.add(last.promise);
    last.come();
    await settled();
    expect([given, answers.length, later()]).toEqual([[], 4, 0]);
    first.come();
    await settled();
    expect([given, answers.length, later()]).toEqual([[0, 1, 2, 3], 0, 1]);
  });

  it("keeps the order whichever comes first, round after round", async () => {
    const { given, answers } = collect();
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
      [1, 3, 0, 2],
    ];
    for (const [round, order] of orders.entries()) {
      const late = order.map((_, index) => promised(5 * round + index));
      for (const { promise } of late) answers.add(promise);
      answers.add({ number: 5 * round + 4 });
      for (const index of order) {
        late[index]?.come();
        await settled();
      }
      expect(answers.length).toBe(0);
    }
    expect(given).toEqual(Array.from({ length: 20 }, (_, number) => number));
  });
});
