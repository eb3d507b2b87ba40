import { authorize } from "./authorize.ts";
import type { Broker } from "./broker.ts";
import type { ClientConnection } from "./client-connection.ts";

/** A will is authorized when it is published, not when it is announced. */
export async function publishWill(broker: Broker, connection: ClientConnection): Promise<void> {
  const { admitted } = connection;
  const will = admitted?.will;
  if (!admitted || !will) return;
  admitted.will = undefined;
  const { topic, qos = 0, retain = false } = will;
  if (!(await authorize(broker, connection, { action: "publish", topic, qos, retain }))) return;
  const { willDelayInterval: _delay, ...properties } = will.properties ?? {};
  const { clientId, username, peerHost, peerPort } = admitted.client;
  const peerName = `${peerHost}:${peerPort}`;
  const payload = Buffer.from(will.payload);
  broker.publish({ topic, payload, qos, retain, properties, clientId, username, peerName });
}
