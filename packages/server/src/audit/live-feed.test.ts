import { describe, expect, it } from "vitest";
import type { NewAuditEvent } from "./audit-event.ts";
import type { AuditSubscription } from "./audit-log.ts";
import { LiveFeed } from "./live-feed.ts";

const event: NewAuditEvent = { type: "connect", result: "deny", reason: "bad_password", broker: "emqx" };

async function rest(subscription: AuditSubscription) {
  subscription.close();
  const all = [];
  for await (const each of subscription) all.push(each);
  return all;
}

describe("a live feed", () => {
  it("tells every event once, as it happens", async () => {
    const feed = new LiveFeed();
    feed.tell(1, event, 100);
    const subscription = feed.follow({});
    feed.tell(2, { ...event, at: 7, token: { iat: 5, exp: 9 }, detail: "a\nb" }, 200);
    feed.tell(3, event, 300);
    const once = { ...event, count: 1 };
    expect(await rest(subscription)).toStrictEqual([
      { ...once, id: 2, firstAt: 200, lastAt: 200, token: { iat: 5, exp: 9, firstIat: 5 }, detail: "a\ufffdb" },
      { ...once, id: 3, firstAt: 300, lastAt: 300 },
    ]);
  });

  it("tells who waits, in order", async () => {
    const feed = new LiveFeed();
    const subscription = feed.follow({});
    const iterator = subscription[Symbol.asyncIterator]();
    const waiting = [iterator.next(), iterator.next()];
    for (const id of [1, 2]) feed.tell(id, event, 0);
    expect(await Promise.all(waiting)).toMatchObject([{ value: { id: 1 } }, { value: { id: 2 } }]);
    const last = iterator.next();
    feed.close();
    expect(await last).toEqual({ value: undefined, done: true });
  });

  it.each([
    [{ types: ["connected"] as const }, [2]],
    [{ deviceId: "lamp" }, [3]],
    [{ clientId: "lamp-a" }, [3]],
    [{ broker: "embedded" }, [2]],
    [{ result: "deny" as const }, [1, 3]],
    [{ reason: "bad_password", broker: "emqx" }, [1, 3]],
    [{ reason: "bad_password", deviceId: "none" }, []],
  ])("tells what fits %j", async (filter, ids) => {
    const feed = new LiveFeed();
    const subscription = feed.follow(filter);
    feed.tell(1, event, 0);
    feed.tell(2, { type: "connected", broker: "embedded" }, 0);
    feed.tell(3, { ...event, deviceId: "lamp", clientId: "lamp-a" }, 0);
    expect((await rest(subscription)).map((each) => "id" in each && each.id)).toEqual(ids);
  });

  it("holds a thousand for a slow reader, and says at the right place how many it left out", async () => {
    const feed = new LiveFeed();
    const subscription = feed.follow({});
    const iterator = subscription[Symbol.asyncIterator]();
    for (let id = 1; id <= 1500; id++) feed.tell(id, event, 0);
    for (let id = 1; id <= 10; id++) expect((await iterator.next()).value).toMatchObject({ id });
    for (let id = 1501; id <= 1600; id++) feed.tell(id, event, 0);
    const all = await rest(subscription);
    const told = all.map((each) => ("missed" in each ? `missed ${each.missed}` : each.id));
    expect(told.slice(988, 993)).toEqual([999, 1000, "missed 500", 1501, 1502]);
    expect(told.at(-1)).toBe("missed 91");
    expect(told).toHaveLength(990 + 1 + 9 + 1);
  });

  it("forgets a reader that has gone", async () => {
    const feed = new LiveFeed();
    const subscription = feed.follow({});
    for (let id = 1; id <= 5; id++) feed.tell(id, event, 0);
    for await (const each of subscription) {
      expect(each).toMatchObject({ id: 1 });
      break;
    }
    feed.tell(6, event, 0);
    expect(await rest(subscription)).toEqual([]);
  });

  it("is over for who comes after its end", async () => {
    const feed = new LiveFeed();
    feed.close();
    expect(await rest(feed.follow({}))).toEqual([]);
  });
});
