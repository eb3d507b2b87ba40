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
export function desiredEvents({ emqx, brokerToken, asksPerTopic }: DesiredInput): Events {
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
    ssl: clientSsl(emqx.connackUrl),
  };
  // Without a body template EMQX sends the whole event, which is what Connack reads. Headers of both are sent.
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

const events = ["client_connack", "client_connected", "client_disconnected", "client_check_authn_complete"];

function eventsRule(): JsonObject {
  const sources = events.map((name) => `"$events/${name}"`).join(", ");
  return rule(ruleNames.events, `SELECT * FROM ${sources}`, [`http:${eventsName}`]);
}

function deniedTopicsRule(): JsonObject {
  const sql = `SELECT * FROM "$events/client_check_authz_complete" WHERE result = 'deny'`;
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
