import type { House } from "../../open-house.ts";
import type { KeySummary } from "../../provisioning/key-record.ts";
import type { Exposition } from "./exposition.ts";

/** The key ring: what there is, how old it is, and what a newer key has taken the place of. */
export function collectKeys({ keyRing }: Pick<House, "keyRing">, out: Exposition): void {
  const keys = keyRing.summaries();
  for (const { id: key, scheme, algorithm, generation, origin, createdAt } of keys) {
    out.set("connack_key_info", 1, { key, scheme, algorithm, generation: String(generation), origin });
    // A key of the configuration is as old as the configuration: nobody knows.
    if (origin !== "configuration") out.set("connack_key_created_timestamp_seconds", seconds(createdAt), { key });
  }
  for (const [key, at] of superseded(keys)) out.set("connack_key_superseded_timestamp_seconds", at, { key });
}

/** Keys that a newer one of the same scheme stands beside, with the time of the first such. */
function* superseded(keys: readonly KeySummary[]): Generator<[id: string, at: number]> {
  for (const key of keys) {
    const newer = keys.filter(
      ({ scheme, generation, origin }) =>
        scheme === key.scheme && generation > key.generation && origin !== "configuration",
    );
    if (newer.length > 0) yield [key.id, Math.min(...newer.map(({ createdAt }) => seconds(createdAt)))];
  }
}

function seconds(iso: string): number {
  return Date.parse(iso) / 1000;
}
