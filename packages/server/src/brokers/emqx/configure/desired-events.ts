import type { JsonObject } from "../management/management-client.ts";
import type { DesiredInput, DesiredState } from "./desired-state.ts";
import { clientSsl, seconds } from "./request-options.ts";

/** What our objects are called; whatever else EMQX has is not ours. */
export const connackName = "connack";
const eventsName = `${connackName}_events`;
export const ruleNames = {
  events: eventsName,
  deniedTopics: `${connackName}_denied_topics`,
  ingest: `${connackName}_ingest`,
} as const;

type Events = Pick<DesiredState, "connectors" | "actions" | "rules">;

/** Who tells Connack what happens in EMQX, and what EMQX copies for a xiaozhi gateway. */
export function desiredEvents({ emqx, brokerToken, connackCa, asksPerTopic }: DesiredInput): Events {
  const { enabled, deniedTopics } = emqx.events;
  const rules: JsonObject[] = [];
  if (enabled) rules.push(eventsRule());
  // Where EMQX asks for each topic Connack keeps the denials it answers, and would keep them twice.
  if (enabled && deniedTopics && !asksPerTopic) rules.push(deniedTopicsRule());
  if (emqx.ingest) rules.push(ingestRule());
  if (!enabled) return { connectors: [], actions: [], rules };
  const connector: JsonObject = {
    type: "http",
    name: connackName,
    enable: true,
    description: "",
    url: emqx.connackUrl.replace(/\/+$/, ""),
    headers: { authorization: `Bearer ${brokerToken}` },
    connect_timeout: seconds(emqx.connectTimeout),
    pool_size: emqx.poolSize,
    enable_pipelining: emqx.pipelining,
    ssl: clientSsl(emqx.connackUrl, connackCa),
  };
  // Without a body template EMQX sends what the rule selects, which is what Connack reads. Headers of both are sent.
  const action: JsonObject = {
    type: "http",
    name: eventsName,
    connector: connackName,
    enable: true,
    description: "",
    parameters: { method: "post", path: "/brokers/emqx/events", headers: { "content-type": "application/json" } },
  };
  return { connectors: [connector], actions: [action], rules };
}

/** What Connack reads of every event; not user names, and not properties, of which a client may send more than we take. */
const everyEvent = ["event", "timestamp", "node", "clientid", "peername", "client_attrs"];

const events = ["client_connack", "client_connected", "client_disconnected", "client_check_authn_complete"];
const eventColumns = [...everyEvent, "sockname", "proto_ver", "reason_code", "reason", "is_anonymous"];

/**
 * Of CONNACKs those that refuse, and of authentications those that nobody was asked about. A column that an event does
 * not have is only compared after `event`: EMQX takes every comparison with it for false. `and` binds tighter than `or`.
 */
const ofInterest = [
  "event <> 'client.connack' and event <> 'client.check_authn_complete'",
  "event = 'client.connack' and reason_code <> 'success'",
  "event = 'client.check_authn_complete' and is_anonymous = 'true'",
];

function eventsRule(): JsonObject {
  const sources = events.map((name) => `"$events/${name}"`).join(", ");
  const sql = `SELECT ${eventColumns.join(", ")} FROM ${sources} WHERE ${ofInterest.join(" or ")}`;
  return rule(ruleNames.events, sql, [`http:${eventsName}`]);
}

function deniedTopicsRule(): JsonObject {
  const columns = [...everyEvent, "action", "topic", "result", "authz_source"].join(", ");
  const sql = `SELECT ${columns} FROM "$events/client_check_authz_complete" WHERE result = 'deny'`;
  return rule(ruleNames.deniedTopics, sql, [`http:${eventsName}`]);
}

/**
 * What xiaozhi gateways read; the misspelling is what they expect. The envelope is built as a value and not as a text:
 * a device that chose a client id or a payload with quotes in it could otherwise speak for another device. A payload
 * that is no JSON is not copied.
 */
function ingestRule(): JsonObject {
  const sql =
    "SELECT json_decode(payload) AS envelope.orginal_payload, clientid AS envelope.sender_client_id " +
    `FROM "device-server"`;
  const args = { topic: "internal/server-ingest", payload: `\${envelope}`, qos: 0, retain: false };
  return rule(ruleNames.ingest, sql, [{ function: "republish", args }]);
}

function rule(id: string, sql: string, actions: JsonObject["actions"] & {}): JsonObject {
  return { id, name: id, enable: true, description: "", sql, actions };
}
