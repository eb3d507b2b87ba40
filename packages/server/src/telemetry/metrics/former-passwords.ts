import type { House } from "../../open-house.ts";
import { StoreUnavailable } from "../../registry/device-registry.ts";
import type { Exposition } from "./exposition.ts";

/** Services looked at, and lines given out, at most. */
const mostServices = 1000;
const mostLines = 100;
/** How long a list counts, in milliseconds: the store is not asked again for each of several scrapers. */
const keepMs = 15_000;

/** When the passwords before the last rotation of services end. */
export class FormerPasswords {
  #ends: { service: string; at: number }[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  async collect({ registry, nowMs }: Pick<House, "registry" | "nowMs">, out: Exposition): Promise<void> {
    const monotonicMs = performance.now();
    if (monotonicMs - this.#readAt >= keepMs) await this.#read(registry, monotonicMs);
    for (const { service, at } of this.#ends.filter(({ at }) => at > nowMs()).slice(0, mostLines)) {
      out.set("connack_former_password_ends_timestamp_seconds", at / 1000, { service });
    }
  }

  async #read(registry: House["registry"], monotonicMs: number): Promise<void> {
    try {
      const services = await registry.list({ kind: "service", limit: mostServices });
      this.#ends = services
        .flatMap(({ id, status, previousPassword: former }) =>
          former && status === "active" ? [{ service: id, at: former.until }] : [],
        )
        .sort((one, other) => one.at - other.at);
      this.#readAt = monotonicMs;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error; // what was read before still holds
    }
  }
}
