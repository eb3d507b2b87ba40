import type { JsonObject, ManagementClient } from "../management/management-client.ts";
import {
  type ListenerTarget,
  readListener,
  readPlacedListener,
  targetFromUrl,
  type UntriedListener,
} from "./listener-target.ts";

/** Which listeners are meant: names of EMQX's, also with an address behind `=`, URLs, or `all` for those EMQX tells of. */
export interface WantedListeners {
  client: Pick<ManagementClient, "get" | "url"> | undefined;
  named: readonly string[];
}

export interface FoundListeners {
  targets: ListenerTarget[];
  untried: UntriedListener[];
}

/** A name that EMQX has no listener for; the message is for people. */
export class UnknownListener extends Error {
  override name = "UnknownListener";
}

/** The listeners to attack. Throws `UnknownListener`, and what the client throws where it is asked. */
export async function findListeners({ client, named }: WantedListeners): Promise<FoundListeners> {
  const given = named.map((name) => ({ name, target: targetFromUrl(name) }));
  const urls = given.flatMap(({ target }) => (target ? [target] : []));
  const placed = new Map(named.flatMap((text) => pairOf(text)));
  const names = given.flatMap(({ name, target }) => (target ? [] : [readPlacedListener(name)?.name ?? name]));
  if (names.length === 0 && urls.length > 0) return { targets: urls, untried: [] };
  if (client === undefined) {
    throw new UnknownListener(
      names.length === 0
        ? "no listener is known"
        : `${names.join(", ")}: only URLs can be given where no EMQX is configured`,
    );
  }
  const told = await readAll(client, placed);
  const all = names.length === 0 || names.includes("all");
  for (const name of names) {
    if (name === "all" || told.some((each) => each.name === name)) continue;
    throw new UnknownListener(`EMQX has no listener ${name}; it has ${told.map((each) => each.name).join(", ")}`);
  }
  const chosen = told.filter(({ name }) => all || names.includes(name));
  const targets = [...chosen.filter(isTarget), ...urls];
  // Named twice, once by its name and once by its URL, it is attacked once.
  const distinct = targets.filter(({ url }, index) => targets.findIndex((other) => other.url === url) === index);
  return { targets: distinct, untried: chosen.filter((each): each is UntriedListener => !isTarget(each)) };
}

function pairOf(text: string): [string, string][] {
  const placed = readPlacedListener(text);
  return placed === undefined ? [] : [[placed.name, placed.address]];
}

function isTarget(listener: ListenerTarget | UntriedListener): listener is ListenerTarget {
  return "url" in listener;
}

/** The list alone does not tell the path of a WebSocket. */
async function readAll(
  client: Pick<ManagementClient, "get" | "url">,
  placed: ReadonlyMap<string, string>,
): Promise<(ListenerTarget | UntriedListener)[]> {
  const host = new URL(client.url).hostname;
  const list = (await client.get("/listeners")) as JsonObject[];
  return Promise.all(
    list.map(async (brief) => {
      const whole = (await client.get(`/listeners/${encodeURIComponent(String(brief["id"]))}`)) as JsonObject;
      const running = (brief["status"] as JsonObject)?.["running"] ?? null;
      return readListener({ ...brief, running, ...whole }, host, placed.get(String(brief["id"])));
    }),
  );
}
