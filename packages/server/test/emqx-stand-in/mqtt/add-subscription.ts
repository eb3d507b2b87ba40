import type { Broker } from "./broker.ts";
import type { ClientConnection } from "./client-connection.ts";
import { subscribed } from "./event-columns.ts";
import type { Subscription } from "./session.ts";

/** Adds or changes a subscription of a connected client, sends what is retained, and tells rules. */
export function addSubscription(broker: Broker, connection: ClientConnection, subscription: Subscription): void {
  const { admitted } = connection;
  if (!admitted) return;
  const isNew = !admitted.session.subscriptions.has(subscription.topic);
  admitted.session.subscriptions.set(subscription.topic, subscription);
  broker.router.sendRetained(admitted.session, subscription, isNew);
  const { topic, qos } = subscription;
  broker.emit("session_subscribed", subscribed(admitted.event, "session.subscribed", topic, qos));
}

/** Whether there was such a subscription. */
export function removeSubscription(broker: Broker, connection: ClientConnection, topic: string): boolean {
  const { admitted } = connection;
  const old = admitted?.session.subscriptions.get(topic);
  if (!admitted || !old) return false;
  admitted.session.subscriptions.delete(topic);
  broker.emit("session_unsubscribed", subscribed(admitted.event, "session.unsubscribed", topic, old.qos));
  return true;
}
