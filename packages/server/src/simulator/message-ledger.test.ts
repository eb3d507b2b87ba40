import { expect, it } from "vitest";
import { MessageLedger, noMessages, sumOfMessages } from "./message-ledger.ts";

it("tells lost, duplicated and waiting messages apart, by their numbers", () => {
  const ledger = new MessageLedger();
  for (let number = 1; number <= 7; number++) expect(ledger.publish()).toBe(number);
  for (const number of [1, 2, 3, 4]) ledger.acknowledged(number);
  // The fourth is lost; the fifth came although its acknowledgement did not; two came more than once.
  for (const number of [2, 1, 3, 3, 3, 2, 5]) ledger.received(number);
  ledger.dropped();
  ledger.refused();
  expect(ledger.counts()).toEqual({
    published: 7,
    acknowledged: 4,
    received: 4,
    lost: 1,
    duplicated: 3,
    waiting: 1,
    dropped: 1,
    refused: 1,
  });
});

it("is settled when all that was acknowledged came back, and nothing waits", () => {
  const ledger = new MessageLedger();
  expect(ledger.isSettled).toBe(true);
  ledger.publish();
  expect(ledger.isSettled).toBe(false);
  ledger.acknowledged(1);
  expect(ledger.isSettled).toBe(false);
  ledger.received(1);
  expect(ledger.isSettled).toBe(true);
});

it("adds up", () => {
  const one = { ...noMessages, published: 3, lost: 1 };
  expect(sumOfMessages([one, one, noMessages])).toEqual({ ...noMessages, published: 6, lost: 2 });
  expect(sumOfMessages([])).toEqual(noMessages);
});
