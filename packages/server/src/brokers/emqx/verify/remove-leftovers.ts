import type { Json, JsonObject, ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { lentGroup } from "./lent-group.ts";

/** What a run that was killed left in EMQX, and this one removed. */
export interface Leftovers {
  sessions: number;
  retained: number;
  problems: string[];
}

/** Whoever was lent by a run that old is over, and the run with it: what is younger may belong to one under way. */
const overAfterMs = 3 * 60_000;
/** A name that Connack lends and gives to nobody else. */
const lentName = /^verify-[0-9a-f]{24}$/;
const pageSize = 100;
/** Pages of each list that are looked through. */
const mostPages = 20;

type Client = Pick<ManagementClient, "get" | "delete">;

/** Finds sessions and retained messages of throw-away devices by their names. What EMQX does not tell stays. */
export async function removeLeftovers(client: Client, nowMs: number): Promise<Leftovers> {
  const left: Leftovers = { sessions: 0, retained: 0, problems: [] };
  const isOver = (at: Json | undefined) => typeof at === "string" && nowMs - Date.parse(at) > overAfterMs;
  await removing(left, "sessions", async () => {
    for (const like of ["verify-", `${lentGroup}@@@`]) {
      for (const each of await all(client, `/clients?like_clientid=${encodeURIComponent(like)}`)) {
        const id = String(each["clientid"]);
        const isOurs = lentName.test(id) || id.startsWith(`${lentGroup}@@@`);
        if (!isOurs || each["connected"] !== false || !isOver(each["disconnected_at"])) continue;
        if (await client.delete(`/clients/${encodeURIComponent(id)}`)) left.sessions++;
      }
    }
  });
  await removing(left, "retained messages", async () => {
    for (const filter of ["devices/+/retained", "devices/p2p/+"]) {
      for (const each of await all(client, `/mqtt/retainer/messages?topic=${encodeURIComponent(filter)}`)) {
        const topic = String(each["topic"]);
        if (!isLentTopic(topic) || !isOver(each["publish_at"])) continue;
        if (await client.delete(`/mqtt/retainer/message/${encodeURIComponent(topic)}`)) left.retained++;
      }
    }
  });
  return left;
}

/** `devices/verify-0a…/retained`, `devices/p2p/connack-verify@@@…`. */
function isLentTopic(topic: string): boolean {
  const [, id = "", inbox = ""] = topic.split("/");
  return id === "p2p" ? inbox.startsWith(`${lentGroup}@@@`) : lentName.test(id);
}

/** All rows first: to delete while turning pages would skip some. */
async function all(client: Client, path: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const { data } = (await client.get(`${path}&page=${page}&limit=${pageSize}`)) as { data?: JsonObject[] };
    rows.push(...(data ?? []));
    if ((data ?? []).length < pageSize) break;
  }
  return rows;
}

/** A version or a role without such a list leaves what it has: that is said, and is no reason to prove nothing. */
async function removing(left: Leftovers, what: string, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof ManagementError)) throw error;
    if (error.problem === "not_found") return;
    left.problems.push(`${what} of an earlier run that was killed could not be looked for: ${error.message}`);
  }
}
