import type { Database } from "better-sqlite3";

export interface Counted {
  /** Unix milliseconds. */
  at: number;
  type: string;
  reason: string;
  result: string | null;
  broker: string | null;
  scheme: string | null;
}

interface Count extends Counted {
  hour: number;
  count: number;
}

export const hourMs = 3_600_000;

/** Different counters of one hour; more are counted under the reason `other`. */
const mostPerHour = 2000;

/** Hours whose counters are known. A broker's clock may be a day off, either way. */
const mostHours = 50;

/** Counts by the hour in memory, and writes the sums once for each transaction. */
export function prepareHourlyCounts(db: Database) {
  const add = db.prepare(`
    insert into hourly (hour, type, reason, result, broker, scheme, count, last_at) values (?, ?, ?, ?, ?, ?, ?, ?)
    on conflict do update set count = count + excluded.count, last_at = max(last_at, excluded.last_at)`);
  const waiting = new Map<string, Count>();
  const knownByHour = new Map<number, Set<string>>();

  function knownIn(hour: number): Set<string> {
    const found = knownByHour.get(hour);
    if (found !== undefined) return found;
    const [first] = knownByHour.keys();
    if (first !== undefined && knownByHour.size >= mostHours) knownByHour.delete(first);
    const made = new Set<string>();
    knownByHour.set(hour, made);
    return made;
  }

  return {
    count(counted: Counted, times: number): void {
      const hour = Math.floor(counted.at / hourMs);
      const known = knownIn(hour);
      const own = keyOf(hour, counted);
      const fits = known.has(own) || known.size < mostPerHour;
      if (fits) known.add(own);
      const told = fits ? counted : { ...counted, reason: "other", scheme: null };
      const key = fits ? own : keyOf(hour, told);
      const found = waiting.get(key);
      if (found === undefined) waiting.set(key, { ...told, hour, count: times });
      else {
        found.count += times;
        found.at = Math.max(found.at, counted.at);
      }
    },

    settle(): void {
      const counts = [...waiting.values()];
      waiting.clear(); // first: what fails is taken back as a whole, and comes again
      for (const { hour, type, reason, result, broker, scheme, count, at } of counts)
        add.run(hour, type, reason, result ?? "", broker ?? "", scheme ?? "", count, at);
    },

    /** Forgets what was counted in a transaction that failed. */
    discard: () => waiting.clear(),
  };
}

function keyOf(hour: number, { type, reason, result, broker, scheme }: Counted): string {
  return `${hour}\n${type}\n${reason}\n${result}\n${broker}\n${scheme}`;
}
