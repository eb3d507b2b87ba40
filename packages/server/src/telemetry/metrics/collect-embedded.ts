import { type EmbeddedBrokerEvent, guardNames } from "../../brokers/embedded/embedded-broker-event.ts";
import type { House } from "../../open-house.ts";
import type { Exposition } from "./exposition.ts";

/** What the broker counts beside its guards; complete, as the type says. */
const eventNames = Object.keys({
  connected: 0,
  disconnected: 0,
  refused: 0,
  publish_denied: 0,
  subscribe_denied: 0,
  forward_denied: 0,
} satisfies Record<Exclude<EmbeddedBrokerEvent["type"], "guard"> | "forward_denied", 0>);

/** The embedded broker, where one runs. It counts denials that are too many to be told one by one, so they come from it. */
export function collectEmbedded({ embedded }: Pick<House, "embedded">, out: Exposition): void {
  if (embedded === undefined) return;
  const counters = embedded.counters();
  const count = (name: string) => counters[name] ?? 0;
  out.set("connack_embedded_connected", embedded.connections());
  for (const event of eventNames) out.set("connack_embedded_events_total", count(event), { event });
  for (const guard of guardNames) out.set("connack_embedded_guards_total", count(`guard.${guard}`), { guard });
  for (const type of ["publish", "subscribe"] as const) {
    const reason = `${type}_denied`;
    out.set("connack_topic_denials_total", count(reason), { broker: "embedded", type, reason });
  }
  for (const [name, { used, most }] of Object.entries(embedded.sizes())) {
    const of = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    out.set("connack_embedded_used", used, { of });
    out.set("connack_embedded_limit", most, { of });
  }
}
