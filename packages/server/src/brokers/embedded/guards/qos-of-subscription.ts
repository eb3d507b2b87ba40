import type { AedesInternals, ClientInternals, Listener, Subscription } from "../aedes-internals.ts";

/**
 * aedes lowers the QoS of a message to that of a subscription only where the filter is equal to the topic: through a
 * wildcard with QoS 1 comes QoS 2. Gives each subscription the message with the lower QoS of both [MQTT-3.8.4-8].
 *
 * aedes registers a listener for each subscription, right after it has put the subscription into the client's list:
 * the returned function watches the list of one client, to know whose listener it is.
 */
export function limitQosBySubscription(aedes: AedesInternals): (client: ClientInternals) => void {
  const subscriptionOf = new WeakMap<Listener, Subscription>();
  const limited = new WeakMap<Listener, Listener>();
  const { subscribe, unsubscribe } = {
    subscribe: aedes.subscribe.bind(aedes),
    unsubscribe: aedes.unsubscribe.bind(aedes),
  };

  aedes.subscribe = (filter, listener, done) => {
    const subscription = subscriptionOf.get(listener);
    if (subscription === undefined) return subscribe(filter, listener, done);
    // With both parameters: the emitter looks at their number.
    const limitedListener: Listener = (packet, goOn) => {
      const { qos } = subscription;
      listener(packet.qos > qos ? { ...packet, qos } : packet, goOn);
    };
    limited.set(listener, limitedListener);
    subscribe(filter, limitedListener, done);
  };
  aedes.unsubscribe = (filter, listener, done) => unsubscribe(filter, limited.get(listener) ?? listener, done);

  return (client) => {
    client.subscriptions = new Proxy(client.subscriptions, {
      set(list, filter, subscription: Subscription) {
        subscriptionOf.set(subscription.func, subscription);
        return Reflect.set(list, filter, subscription);
      },
    });
  };
}
