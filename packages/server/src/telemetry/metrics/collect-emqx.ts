import type { House } from "../../open-house.ts";
import type { Exposition } from "./exposition.ts";

/** EMQX, where it is the broker, and what brokers told. */
export function collectEmqx({ emqx, brokerEvents }: Pick<House, "emqx" | "brokerEvents">, out: Exposition): void {
  for (const [kind, count] of brokerEvents.kinds) out.set("connack_broker_events_total", count, { kind });
  out.set("connack_broker_events_doubled_total", brokerEvents.doubled);
  out.set("connack_broker_events_left_out_total", brokerEvents.leftOut);
  if (emqx === undefined) return;
  const { reachable, pending, ended, bans, failed, subscriptions } = emqx.state();
  out.set("connack_emqx_up", reachable === true ? 1 : 0);
  out.set("connack_emqx_pending_devices", pending);
  out.set("connack_emqx_connections_ended_total", ended);
  out.set("connack_emqx_bans", bans);
  out.set("connack_emqx_calls_failed_total", failed);
  const { waiting, ...results } = subscriptions;
  for (const [result, count] of Object.entries(results)) out.set("connack_emqx_subscribed_total", count, { result });
  out.set("connack_emqx_subscriptions_waiting", waiting);
}
