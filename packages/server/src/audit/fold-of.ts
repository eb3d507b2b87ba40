import type { NewAuditEvent } from "./audit-event.ts";
import { hashText } from "./distinct-count.ts";
import { type Cause, FoldCauses } from "./fold-causes.ts";
import { networkOf } from "./network-of.ts";

/** Which row an event belongs to. */
export interface Fold {
  key: string;
  /** A row grows only so long after its last time, in milliseconds. */
  forMs: number;
  /** The row is that of many: `clients` or `topics` that are not told one by one. */
  others?: { of: "clients" | "topics"; cause: Cause };
}

export const refusalFoldMs = 24 * 3_600_000;
const guardFoldMs = 3_600_000;

/** Rows of one cause: peers that proved nothing, and topics of one device. */
const mostVariants = { clients: 100, topics: 20 };

/** Longest part of a key that the peer makes up. */
const longestVariant = 256;

/**
 * Which events are one and the same again. What a peer makes up itself – client id, name, topic – makes rows of their
 * own only so many times: then they share one.
 */
export class FoldOf {
  readonly #isKnown: (deviceId: string) => boolean;
  readonly #causes = { clients: new FoldCauses(1000), topics: new FoldCauses(3000) };

  /** @param isKnown whether a device of that id is registered */
  constructor(isKnown: (deviceId: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /** `undefined`: the event is a row by itself. `at`: Unix milliseconds. */
  of(event: NewAuditEvent, at: number): Fold | undefined {
    const { type } = event;
    if (type === "guard") return { key: `guard\n${event.broker}\n${event.reason}`, forMs: guardFoldMs };
    if (!isRefusal(event)) return undefined;
    const { deviceId, broker, reason } = event;
    if (deviceId === undefined || (event.unproven && !this.#isKnown(deviceId))) {
      const network = event.address === undefined ? "" : networkOf(event.address);
      const cause = `${type}\n${broker}\n${network}\n${event.scheme}\n${reason}`;
      return this.#variant("clients", cause, deviceId ?? event.clientId, at);
    }
    const cause = `${type}\n${broker}\n${reason}\n${event.unproven ? "said" : "proven"}\n${deviceId}`;
    return this.#variant("topics", cause, event.topic, at);
  }

  #variant(of: "clients" | "topics", cause: string, variant: string | undefined, at: number): Fold {
    if (variant === undefined) return { key: cause, forMs: refusalFoldMs };
    const text = variant.length > longestVariant ? variant.slice(0, longestVariant) : variant;
    const others = this.#causes[of].beyond(cause, hashText(text), mostVariants[of], at, refusalFoldMs);
    if (others === undefined) return { key: `${cause}\n=${text}`, forMs: refusalFoldMs };
    return { key: `${cause}\n+`, forMs: refusalFoldMs, others: { of, cause: others } };
  }
}

export function isRefusal({ type, result }: NewAuditEvent): boolean {
  if (type === "connect") return result === "deny";
  return type === "connack" || type === "publish_denied" || type === "subscribe_denied";
}
