import type { TopicRequest } from "../authz/source.ts";
import type { Broker } from "./broker.ts";
import type { ClientConnection } from "./client-connection.ts";
import { authzComplete } from "./event-columns.ts";

/** Whether a client may, told to rules; with deny_action `disconnect` a refusal ends the connection. */
export async function authorize(broker: Broker, connection: ClientConnection, request: TopicRequest): Promise<boolean> {
  const { admitted } = connection;
  if (!admitted) return false;
  const { allowed, source } = await admitted.authorizer.authorize(request);
  const result = allowed ? "allow" : "deny";
  const { action, topic } = request;
  broker.emit("client_check_authz_complete", authzComplete(admitted.event, { action, topic, result, source }));
  if (!allowed && broker.node.state.settings["deny_action"] === "disconnect") connection.end("not_authorized", 0x87);
  return allowed;
}
