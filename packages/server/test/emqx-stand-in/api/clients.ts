import { isObject, type JsonObject } from "../json.ts";
import { addSubscription, removeSubscription } from "../mqtt/add-subscription.ts";
import type { ClientConnection } from "../mqtt/client-connection.ts";
import { messageId } from "../mqtt/message.ts";
import type { Subscription } from "../mqtt/session.ts";
import { nodeName } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, failure, internalError, invalid, noContent, ok } from "./api-answer.ts";
import type { ApiCall, Handler, Route } from "./api-call.ts";
import { clientView, findClient, type ListedClient } from "./client-view.ts";
import { listMatching } from "./filter-clients.ts";
import { wrongList, wrongObject } from "./read-body.ts";
import { qos, text } from "./schema.ts";

const absent = failure(404, "CLIENTID_NOT_FOUND", "Client ID not found");
const subscribeSchema = {
  fields: { nl: {}, qos: { check: qos }, rap: {}, rh: {}, topic: { check: text, required: true } },
} as const;

function withClient(handler: (client: ListedClient, call: ApiCall, node: StandInNode) => ApiAnswer): Handler {
  return (node, call) => {
    const client = findClient(node.broker, call.params["id"] ?? "");
    return client ? handler(client, call, node) : absent;
  };
}

const sessionOf = ({ connection }: ListedClient) => connection.admitted?.session;

function subscriptions(client: ListedClient): ApiAnswer {
  const session = sessionOf(client);
  const list = [...(session?.subscriptions.values() ?? [])].map((one) => ({
    clientid: session?.clientId,
    durable: false,
    ...options(one),
  }));
  return ok(list);
}

function options({ nl, qos: level, rap, rh, topic }: Subscription): object {
  return { nl, node: nodeName, qos: level, rap, rh, topic };
}

/** Neither authorization nor the filter's form is looked at. */
function subscribeTo(node: StandInNode, connection: ClientConnection, wanted: JsonObject): object {
  const number = (key: string) => Number(wanted[key] ?? 0);
  const subscription: Subscription = {
    topic: String(wanted["topic"]),
    qos: number("qos") as 0 | 1 | 2,
    nl: number("nl"),
    rap: number("rap"),
    rh: number("rh"),
    identifier: undefined,
  };
  addSubscription(node.broker, connection, subscription);
  return { clientid: connection.admitted?.client.clientId, ...options(subscription) };
}

const subscribe = withClient(({ connection }, { body }, node) => {
  const wrong = wrongObject(body, subscribeSchema);
  return wrong ?? ok(subscribeTo(node, connection, body as JsonObject));
});

const subscribeAll = withClient(({ connection }, { body }, node) => {
  const wrong = wrongList(body, subscribeSchema);
  return wrong ?? ok((body as JsonObject[]).map((wanted) => subscribeTo(node, connection, wanted)));
});

const unsubscribe = withClient(({ connection }, { body }, node) => {
  const topics = Array.isArray(body) ? body : [body];
  for (const one of topics) {
    if (!isObject(one) || one["topic"] === undefined) return internalError('error, {badkey,<<"topic">>}');
    removeSubscription(node.broker, connection, String(one["topic"]));
  }
  return noContent;
});

function remembered({ connection }: ListedClient): ApiAnswer {
  const list = connection.admitted?.authorizer.remembered() ?? [];
  return ok(
    list.map(({ request, allowed, at }) => ({
      access:
        request.action === "publish"
          ? { action_type: "publish", qos: request.qos, retain: request.retain }
          : { action_type: "subscribe", qos: request.qos },
      result: allowed ? "allow" : "deny",
      topic: request.topic,
      updated_time: at,
    })),
  );
}

function kickAll(node: StandInNode, { body }: ApiCall): ApiAnswer {
  if (isObject(body))
    return invalid({ path: "root", kind: "validation_error", bad_array_index_keys: Object.keys(body) });
  for (const id of Array.isArray(body) ? body : []) node.kick(String(id));
  return noContent;
}

function publish(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const wrong = wrongObject(body, {
    fields: {
      payload: {},
      payload_encoding: {},
      properties: {},
      qos: { check: qos },
      retain: {},
      topic: { check: text, required: true },
    },
  });
  if (wrong) return wrong;
  const { payload, payload_encoding, qos: level, retain, topic } = body as JsonObject;
  const receivers = node.broker.publish({
    topic: String(topic),
    payload: Buffer.from(String(payload ?? ""), payload_encoding === "base64" ? "base64" : "utf8"),
    qos: Number(level ?? 0) as 0 | 1 | 2,
    retain: retain === true,
  });
  if (receivers === 0) return { status: 202, body: { message: "no_matching_subscribers", reason_code: 16 } };
  return ok({ id: messageId() });
}

export const clientRoutes: Route[] = [
  { path: "/clients", methods: { GET: listMatching } },
  { path: "/clients/kickout/bulk", methods: { POST: kickAll } },
  {
    path: "/clients/:id",
    methods: {
      GET: withClient((client) => ok(clientView(client))),
      DELETE: (node, { params }) => (node.kick(params["id"] ?? "") ? noContent : absent),
    },
  },
  { path: "/clients/:id/subscriptions", methods: { GET: withClient(subscriptions) } },
  { path: "/clients/:id/subscribe", methods: { POST: subscribe } },
  { path: "/clients/:id/subscribe/bulk", methods: { POST: subscribeAll } },
  { path: "/clients/:id/unsubscribe", methods: { POST: unsubscribe } },
  { path: "/clients/:id/unsubscribe/bulk", methods: { POST: unsubscribe } },
  {
    path: "/clients/:id/authorization/cache",
    methods: {
      GET: withClient(remembered),
      DELETE: withClient(({ connection }) => {
        connection.admitted?.authorizer.clearCache();
        return noContent;
      }),
    },
  },
  { path: "/publish", methods: { POST: publish } },
];
