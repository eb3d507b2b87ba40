import { expect, it, onTestFinished } from "vitest";
import { createManagementClient } from "../management/create-management-client.ts";
import { Bans } from "./bans.ts";
import { startScriptedEmqx } from "./testing/scripted-emqx.ts";

async function open() {
  const emqx = await startScriptedEmqx();
  const client = createManagementClient({
    url: emqx.url,
    credentials: { apiKey: "k", apiSecret: "not a real one" },
    timeoutMs: 5000,
  });
  onTestFinished(() => client.close());
  return { emqx, bans: new Bans(client, Date.now) };
}

const key = (who: string) => ({ as: "clientid", who }) as const;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const foreign = (who: string, days: number, by = "mgmt_api") => ({ as: "clientid", who, by, until: inDays(days) });

it("keeps out for good, under our name, whatever the client id is", async () => {
  const { emqx, bans } = await open();
  for (const who of ["sensor-1", "a/b", "50%", "GID_x@@@AA_BB@@@u", "ü ?#"]) {
    await bans.ban(key(who));
    expect(emqx.bans).toMatchObject([{ as: "clientid", who, by: "connack", until: "2999-12-31T23:59:59Z" }]);
    await bans.ban(key(who));
    expect([emqx.bans.length, bans.size]).toEqual([1, 1]);
    await bans.unban(key(who));
    expect([emqx.bans.length, bans.size]).toEqual([0, 0]);
  }
});

it("knows its own again, on however many pages, and takes no other's away", async () => {
  const { emqx, bans } = await open();
  emqx.bans = Array.from({ length: 2500 }, (_, index) => foreign(`d${index}`, 9, index % 2 ? "connack" : "mgmt_api"));
  await bans.read();
  expect(bans.size).toBe(1250);
  await bans.unban(key("d0"));
  await bans.unban(key("d2499"));
  expect(emqx.bans).toHaveLength(2499);
});

it("does not take away what somebody made in place of ours", async () => {
  const { emqx, bans } = await open();
  await bans.ban(key("d"));
  emqx.bans = [foreign("d", 9)];
  await bans.unban(key("d"));
  expect([emqx.bans.length, bans.size]).toEqual([1, 0]);
});

it.each([
  ["another's that ends soon", foreign("d", 0.01, "flapping detector"), "connack"],
  ["ours that ends soon", foreign("d", 0.5, "connack"), "connack"],
  ["another's that lasts", foreign("d", 400), "mgmt_api"],
])("where %s stands in the way, the device is kept out all the same", async (_, ban, by) => {
  const { emqx, bans } = await open();
  emqx.bans = [ban];
  await bans.ban(key("d"));
  expect(emqx.bans).toMatchObject([{ who: "d", by }]);
  expect(Date.parse(emqx.bans[0]?.until ?? "") - Date.now()).toBeGreaterThan(86_400_000);
});

it("tells what EMQX refuses", async () => {
  const { emqx, bans } = await open();
  emqx.fault = () => 500;
  await expect(bans.ban(key("d"))).rejects.toMatchObject({ name: "ManagementError", status: 500 });
  expect(bans.size).toBe(0);
});
