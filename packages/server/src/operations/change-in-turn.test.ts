import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { changeInTurn } from "./change-in-turn.ts";
import type { ServiceCredential } from "./service-add.ts";
import { openTestHouse, type TestHouse } from "./testing/open-test-house.ts";

let test: TestHouse;
beforeAll(async () => {
  test = await openTestHouse();
  await test.run("device.add", { id: "lamp" });
  await test.run("service.add", { name: "backend", profile: "backend" });
});
afterAll(() => test.close());

const several = <Value>(change: (n: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: 8 }, (_, n) => change(n)));
const rule = (n: number) => ({ permission: "deny", action: "all", topics: [`t/${n}`] });

it("changes of one thing come one after the other, those of others do not wait", async () => {
  const steps: string[] = [];
  const step = (name: string, ms: number) => async () => {
    steps.push(`${name} begins`);
    await sleep(ms);
    steps.push(`${name} ends`);
  };
  const where = {};
  const failing = changeInTurn(where, "a", async () => {
    throw new RangeError("no");
  });
  const all = [changeInTurn(where, "a", step("a1", 20)), changeInTurn(where, "a", step("a2", 1))];
  all.push(changeInTurn(where, "b", step("b", 0)));
  await expect(failing).rejects.toThrow(RangeError);
  await Promise.all(all);
  expect(steps.filter((each) => each.startsWith("a"))).toEqual(["a1 begins", "a1 ends", "a2 begins", "a2 ends"]);
  expect(steps.indexOf("b ends")).toBeLessThan(steps.indexOf("a1 ends"));
});

it("no rule is lost that was acknowledged", async () => {
  await several((n) => test.run("acl.set", { id: "lamp", rules: [rule(n)], append: true }));
  expect((await test.house.registry.find("lamp"))?.rules).toHaveLength(8);
  await several((n) => test.run("acl.set", { group: "lamps", rules: [rule(n)], append: true }));
  expect(test.house.registry.findGroupRights("lamps")?.rules).toHaveLength(8);
});

it("no attribute is lost that was acknowledged", async () => {
  await several((n) => test.run("device.set", { id: "lamp", attributes: { [`a${n}`]: "x" } }));
  expect(Object.keys((await test.house.registry.find("lamp"))?.attributes ?? {})).toHaveLength(8);
});

it("of passwords made at once, the last and the one before it hold", async () => {
  const made = await Promise.all(
    [1, 2, 3].map(() => test.run<ServiceCredential>("service.rotate", { name: "backend", grace: 60 })),
  );
  const decided = [];
  for (const { username, password, clientId } of made)
    decided.push((await test.house.decideConnect({ username, password, clientId }, { dryRun: true })).result);
  expect(decided).toEqual(["deny", "allow", "allow"]);
});

it("a service that two people add at once is added once, and the other one is told what to do", async () => {
  const add = () => test.run("service.add", { name: "twice", profile: "backend" });
  const [first, second] = await Promise.allSettled([add(), add()]);
  expect(first.status).toBe("fulfilled");
  expect(second).toMatchObject({
    reason: { code: "service_exists", next: expect.stringContaining("connack service rotate twice") },
  });
});
