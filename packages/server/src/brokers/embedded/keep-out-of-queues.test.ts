import { Aedes } from "aedes";
import { expect, it, onTestFinished } from "vitest";
import { internalsOf } from "./aedes-internals.ts";
import { nowhere } from "./authorize-publish.ts";
import { keepBrokerTopicsOutOfQueues } from "./keep-out-of-queues.ts";

async function openPersistence() {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => new Promise<void>((resolve) => aedes.close(resolve)));
  const { persistence } = internalsOf(aedes);
  const filters = [
    { topic: "#", qos: 1 },
    { topic: "+/nowhere", qos: 1 },
  ];
  await persistence.addSubscriptions({ id: "away" }, filters);
  const found = async (topic: string) => (await persistence.subscriptionsByTopic(topic)).length;
  return { persistence, found };
}

it("bare aedes queues for `#` what is published to a topic with `$`: when it no longer does, the guard may go", async () => {
  const { found } = await openPersistence();
  expect(await found(nowhere)).toBe(2);
});

it("finds nobody for a topic with `$`, and everybody for any other", async () => {
  const { found, persistence } = await openPersistence();
  keepBrokerTopicsOutOfQueues(persistence);
  expect([await found(nowhere), await found("$SYS/x"), await found("$")]).toEqual([0, 0, 0]);
  expect([await found("a"), await found("a/nowhere"), await found("a/$b")]).toEqual([1, 2, 1]);
});
