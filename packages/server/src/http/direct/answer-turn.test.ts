import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { AnswerTurn } from "./answer-turn.ts";

function started() {
  const turn = new AnswerTurn();
  const log: string[] = [];
  const tell = turn.afterwards((event: string) => log.push(`told ${event}`));
  const taker = (name: string, work: () => void = () => {}) => ({
    answerSome() {
      log.push(`answer ${name}`);
      tell(name);
      work();
    },
    send: () => void log.push(`send ${name}`),
  });
  return { turn, log, tell, taker };
}

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it("answers everybody, then sends, then tells", async () => {
  const { turn, log, taker } = started();
  turn.add(taker("a"));
  turn.add(taker("b"));
  expect(log).toEqual([]);
  await nextTurn();
  expect(log).toEqual(["answer a", "answer b", "send a", "send b", "told a", "told b"]);
});

it("tells at once what happens outside of a turn", async () => {
  const { turn, log, tell, taker } = started();
  tell("late");
  expect(log).toEqual(["told late"]);
  turn.add(taker("a"));
  await nextTurn();
  tell("later");
  expect(log.at(-1)).toBe("told later");
});

it("ends a turn that takes long, and goes on in the next ones, in order, until nobody waits", async () => {
  const { turn, log, taker } = started();
  const again = taker("again");
  turn.add(taker("a", () => spin(2)));
  const busy = taker("b", () => {
    spin(2);
    turn.add(again);
  });
  turn.add(busy);
  turn.add(taker("c"));
  await nextTurn();
  expect(log).toEqual(["answer a", "send a", "told a"]);
  await nextTurn();
  expect(log.slice(3)).toEqual(["answer b", "send b", "told b"]);
  await nextTurn();
  expect(log.slice(6)).toEqual(["answer c", "answer again", "send c", "send again", "told c", "told again"]);
  await nextTurn();
  expect(log).toHaveLength(12);
});

it("goes on with the others where one throws", async () => {
  const { turn, log, taker } = started();
  const broken = new Error("broken");
  const caught = new Promise((resolve) => process.prependOnceListener("uncaughtException", resolve));
  const others = process.listeners("uncaughtException").slice(1);
  for (const other of others) process.off("uncaughtException", other);
  const fail = () => {
    throw broken;
  };
  turn.add(taker("a", fail));
  turn.add(taker("b"));
  expect(await caught).toBe(broken);
  for (const other of others) process.on("uncaughtException", other);
  await nextTurn();
  expect(log).toEqual(["answer a", "send a", "told a", "answer b", "send b", "told b"]);
});
