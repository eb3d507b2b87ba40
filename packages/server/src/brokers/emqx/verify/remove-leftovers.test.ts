import { expect, it } from "vitest";
import type { Json } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { removeLeftovers } from "./remove-leftovers.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const [old, young] = ["2026-01-01T00:00:00Z", "2026-01-01T00:59:00Z"];
const lent = `verify-${"0a".repeat(12)}`;
const xiaozhi = "connack-verify@@@0e_7e_57_00_00_01@@@x";

function emqx(told: (path: string) => Json) {
  const deleted: string[] = [];
  const get = async (path: string) => told(decodeURIComponent(path));
  const remove = async (path: string) => deleted.push(decodeURIComponent(path)) > 0;
  return { deleted, client: { get, delete: remove } };
}

it("takes what is ours, over, and nobody's now; and nothing else", async () => {
  const sessions = [
    { clientid: lent, connected: false, disconnected_at: old },
    { clientid: `${lent.slice(0, -1)}b`, connected: false, disconnected_at: young },
    { clientid: `${lent.slice(0, -1)}c`, connected: true, disconnected_at: old },
    { clientid: "verify-mine", connected: false, disconnected_at: old },
  ];
  const retained = [
    { topic: `devices/${lent}/retained`, publish_at: old },
    { topic: `devices/${lent}/retained`, publish_at: young },
    { topic: "devices/sensor-1/retained", publish_at: old },
  ];
  const { client, deleted } = emqx((path) => {
    if (path.startsWith("/clients?like_clientid=verify-")) return { data: sessions };
    if (path.startsWith("/clients?like_clientid=connack-verify@@@")) {
      return { data: [{ clientid: xiaozhi, connected: false, disconnected_at: old }] };
    }
    if (path.includes("topic=devices/+/retained")) return { data: retained };
    return { data: [{ topic: `devices/p2p/${xiaozhi}`, publish_at: old }] };
  });
  expect(await removeLeftovers(client, now)).toEqual({ sessions: 2, retained: 2, problems: [] });
  expect(deleted).toEqual([
    `/clients/${lent}`,
    `/clients/${xiaozhi}`,
    `/mqtt/retainer/message/devices/${lent}/retained`,
    `/mqtt/retainer/message/devices/p2p/${xiaozhi}`,
  ]);
});

it("says what it may not look for, and goes on", async () => {
  const { client } = emqx((path) => {
    if (path.startsWith("/clients"))
      throw new ManagementError("may not", { problem: "forbidden", endpoint: "GET /clients" });
    throw new ManagementError("no such thing", { problem: "not_found", endpoint: "GET /mqtt/retainer/messages" });
  });
  const { problems, ...rest } = await removeLeftovers(client, now);
  expect(rest).toEqual({ sessions: 0, retained: 0 });
  expect(problems).toEqual(["sessions of an earlier run that was killed could not be looked for: may not"]);
});
