import type { Client } from "aedes";
import { type AedesInternals, clientInternalsOf } from "./aedes-internals.ts";
import type { BrokerContext } from "./broker-context.ts";
import { endConnection } from "./end-connection.ts";
import { Delivery, type DeliveryRules } from "./guards/deliver-within-window.ts";
import type { InboundPacket } from "./guards/inspect-packet.ts";
import { freeClientOfPrototypes } from "./guards/prototype-keys.ts";
import { limitQosBySubscription } from "./guards/qos-of-subscription.ts";
import { type Answers, installOutgoingStore, type OutgoingStore } from "./stores/outgoing-store.ts";

type Shared = Pick<BrokerContext, "connections" | "limits" | "reporter">;

/** Puts what goes out to clients behind its guards: each client that aedes makes from now on has its `Delivery`. */
export function guardDeliveries(aedes: AedesInternals, outgoing: OutgoingStore, shared: Shared): void {
  const deliveries = new WeakMap<object, Delivery>();
  const rules = createRules(aedes, shared);
  const watchSubscriptions = limitQosBySubscription(aedes);
  const answers: Answers = {
    acknowledged: (client, id) => deliveries.get(client)?.acknowledged(id),
    released: (client, id) => deliveries.get(client)?.released(id),
  };
  installOutgoingStore(aedes.persistence, outgoing, answers);

  const handle = aedes.handle.bind(aedes);
  aedes.handle = (stream) => {
    const client = handle(stream);
    const inner = clientInternalsOf(client);
    freeClientOfPrototypes(inner);
    watchSubscriptions(inner);
    deliveries.set(client, new Delivery(inner, outgoing, rules));
    // aedes tells nobody of a PUBREC that refuses, if the session ends with the connection.
    inner._parser.on("packet", (packet: InboundPacket & { reasonCode?: number }) => {
      if (packet.cmd !== "pubrec" || (packet.reasonCode ?? 0) < 0x80 || !inner.clean) return;
      answers.acknowledged(client, packet.messageId as number);
    });
    return client;
  };
  // aedes leaves the subscriptions of a session that is to end with this connection where they were, beside those of the
  // connection: each message would come twice.
  aedes.on("client", (client) => {
    deliveries.get(client)?.takeSession();
    if (client.clean)
      aedes.persistence.cleanSubscriptions(client).catch((error) => rules.failed(clientInternalsOf(client), error));
  });
  aedes.on("clientReady", (client) => deliveries.get(client)?.start());
}

function createRules(aedes: AedesInternals, { connections, limits, reporter }: Shared): DeliveryRules {
  const connectionOf = (client: object) => connections.of(client as Client);
  return {
    maxInFlight: limits.maxInFlight,
    isOpen: (client) => !client.closed && connectionOf(client)?.ended === undefined,
    mayReceive: (client, packet) => aedes.authorizeForward(client as unknown as Client, packet) !== null,
    dropped: (client, why) => reporter.trip(why, connectionOf(client)),
    tooSlow: (client) => {
      const connection = connectionOf(client);
      if (connection !== undefined && endConnection(connection, "too_slow")) reporter.trip("too_slow", connection);
      // It would not read a DISCONNECT either.
      client.conn.destroy();
    },
    failed: (client, error) => {
      const connection = connectionOf(client);
      reporter.trip("contained_exception", connection, error);
      if (connection !== undefined) endConnection(connection, "malformed_packet");
    },
  };
}
