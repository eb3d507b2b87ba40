// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { renderTemplate } from "../http/render-template.ts";
import { addSubscription } from "./add-subscription.ts";
import type { Broker } from "./broker.ts";
import type { ClientConnection } from "./client-connection.ts";

/** Subscribes a new client to what is configured, without asking authorization; a missing user name leaves a topic out. */
export function autoSubscribe(broker: Broker, connection: ClientConnection): void {
  const { admitted } = connection;
  if (!admitted) return;
  const { client } = admitted;
  const values = { clientid: client.clientId, username: client.username, host: client.peerHost };
  for (const { topic, qos, nl, rap, rh } of broker.node.state.autoSubscribe) {
    const template = String(topic);
    if (template.includes("${username}") && client.username === undefined) continue;
    const filled = renderTemplate(template, values, undefined, false);
    const number = (value: unknown) => Number(value ?? 0);
    const level = number(qos) as 0 | 1 | 2;
    addSubscription(broker, connection, {
      topic: filled,
      qos: level,
      nl: number(nl),
      rap: number(rap),
      rh: number(rh),
      identifier: undefined,
    });
  }
}
