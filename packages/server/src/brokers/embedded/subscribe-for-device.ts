import type { WantedFilter } from "./authorize-subscribe.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { Connection } from "./connection.ts";

/** A filter with Retain Handling 1 (MQTT 5 §3.8.3.1): what is retained goes to a new subscription only. */
type FilterByBroker = WantedFilter & { rh: 1 };

/**
 * Subscribes a client to the filters of its decision: xiaozhi firmware never sends SUBSCRIBE. To be called when aedes
 * has registered the client, in the turn of the event loop in which it writes the CONNACK; there is no SUBACK. A
 * session that is resumed has its subscription already and gets what waits for it, not what is retained once more.
 */
export function subscribeForDevice(context: BrokerContext, connection: Connection | undefined): void {
  if (connection?.access === undefined) return;
  const tellFailure = (error: unknown) => context.reporter.trip("contained_exception", connection, error);
  // An exception in this event of aedes would end the process.
  try {
    for (const { topic, qos } of connection.access.subscriptions) {
      const filter: FilterByBroker = { topic, qos, rh: 1, byBroker: true };
      connection.client.subscribe([filter], (error) => {
        if (error) tellFailure(error);
      });
      connection.filtersByBroker?.add(topic);
    }
  } catch (error) {
    tellFailure(error);
  }
}
