import type { Json, JsonObject, ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { pathSegment } from "./client-path.ts";
import { rowsOf } from "./kick-client.ts";

/** What EMQX keeps out: everybody with this client id, or user name. */
export interface BanKey {
  as: "clientid" | "username";
  who: string;
}

/** One ban as EMQX lists it. */
interface Ban extends BanKey {
  by: string;
  /** Unix milliseconds; `Infinity` where it has no end. */
  until: number;
}

/** By this our bans are known again. */
export const bannedBy = "connack";

/** EMQX 5.8.0 takes no "infinity" (400, recorded) and bans for one year where nothing is said. */
const until = "2999-12-31T23:59:59Z";

/** A ban of others that ends sooner than this is replaced by ours: we look again at least once an hour. */
const longEnoughMs = 86_400_000;

/** Bans in one page of EMQX's list; it gives 10 000 at most. */
const pageSize = 1000;
/** Pages that are read, at most. */
const mostPages = 1000;

/** The bans at EMQX that are ours. Bans of others are never touched, but where they would end before ours may. */
export class Bans {
  readonly #client: ManagementClient;
  readonly #nowMs: () => number;
  readonly #own = new Map<string, BanKey>();

  constructor(client: ManagementClient, nowMs: () => number) {
    this.#client = client;
    this.#nowMs = nowMs;
  }

  /** How many of ours there are, as far as known. */
  get size(): number {
    return this.#own.size;
  }

  /** Reads which are ours. Rejects with `ManagementError`. */
  async read(): Promise<void> {
    const before = new Set(this.#own.keys());
    for await (const { as, who, by } of this.#list()) {
      if (by !== bannedBy) continue;
      before.delete(keyText({ as, who }));
      this.#remember({ as, who });
    }
    // What was made meanwhile is ours, whatever page it would have been on.
    for (const gone of before) this.#own.delete(gone);
  }

  /** Ours, as far as known. */
  own(): BanKey[] {
    return [...this.#own.values()];
  }

  has(key: BanKey): boolean {
    return this.#own.has(keyText(key));
  }

  /** Keeps it out, and ends its connection where the key is a client id. Rejects with `ManagementError`. */
  async ban(key: BanKey): Promise<void> {
    try {
      await this.#create(key);
    } catch (error) {
      if (!(error instanceof ManagementError) || error.problem !== "conflict") throw error;
      await this.#createInPlace(key);
    }
  }

  /** Takes our ban away, and no other's. Rejects with `ManagementError`. */
  async unban(key: BanKey): Promise<void> {
    if (!this.has(key)) return;
    const ban = await this.#find(key);
    if (ban?.by === bannedBy) await this.#delete(key);
    this.#own.delete(keyText(key));
  }

  async #create(key: BanKey): Promise<void> {
    const reason = "Connack refuses this device; connack device enable lets it in again";
    await this.#client.post("/banned", { ...key, by: bannedBy, reason, until });
    this.#remember(key);
  }

  #remember(key: BanKey): void {
    this.#own.set(keyText(key), key);
  }

  /** A ban cannot be changed: what stands in the way is ours already, lasts long enough, or goes. */
  async #createInPlace(key: BanKey): Promise<void> {
    const ban = await this.#find(key);
    if (ban !== undefined && ban.until - this.#nowMs() > longEnoughMs) {
      if (ban.by === bannedBy) this.#remember(key);
      return;
    }
    if (ban !== undefined) await this.#delete(key);
    await this.#create(key);
  }

  async #delete({ as, who }: BanKey): Promise<void> {
    const segment = pathSegment(who);
    if (segment !== undefined) await this.#client.delete(`/banned/${as}/${segment}`);
  }

  async #find(key: BanKey): Promise<Ban | undefined> {
    for await (const ban of this.#list()) if (keyText(ban) === keyText(key)) return ban;
    return undefined;
  }

  /** Page by page: EMQX cannot look for one. */
  async *#list(): AsyncGenerator<Ban> {
    for (let page = 1; page <= mostPages; page++) {
      const rows = rowsOf(await this.#client.get(`/banned?page=${page}&limit=${pageSize}`));
      for (const row of rows) {
        const ban = banOf(row);
        if (ban !== undefined) yield ban;
      }
      if (rows.length < pageSize) return;
    }
  }
}

export function keyText({ as, who }: BanKey): string {
  return `${as} ${who}`;
}

/** `undefined` for those that are no single client id or user name. */
function banOf(row: Json): Ban | undefined {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return undefined;
  const { as, who, by, until: end }: JsonObject = row;
  if ((as !== "clientid" && as !== "username") || typeof who !== "string") return undefined;
  return { as, who, by: typeof by === "string" ? by : "", until: endOf(end) };
}

function endOf(end: Json | undefined): number {
  if (typeof end === "number") return end * 1000;
  const time = typeof end === "string" ? Date.parse(end) : Number.NaN;
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}
