import type { JsonObject } from "../json.ts";
import { nodeName } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { failure, invalid, ok } from "./api-answer.ts";
import type { Route } from "./api-call.ts";

/** One listener of the stand-in and how it does. */
export interface ListenerState {
  config: JsonObject;
  running: boolean;
  connections: number;
}

function status({ config, running, connections }: ListenerState): object {
  return { current_connections: connections, max_connections: config["max_connections"], running };
}

function brief(listener: ListenerState): object {
  const { acceptors, bind, enable, id, type } = listener.config;
  const now = status(listener);
  const name = String(id).split(":")[1];
  return {
    acceptors,
    bind,
    enable,
    id,
    name,
    node_status: [{ node: nodeName, status: now }],
    number: 1,
    status: now,
    type,
  };
}

function whole({ config, running, connections }: ListenerState): object {
  return { ...config, current_connections: connections, running };
}

const sorted = (node: StandInNode) =>
  node.listeners().sort((a, b) => (String(a.config["id"]) < String(b.config["id"]) ? -1 : 1));

export const listenerRoutes: Route[] = [
  {
    path: "/listeners",
    methods: {
      GET: (node, { query }) => {
        const type = query.get("type");
        return ok(
          sorted(node)
            .filter(({ config }) => type === null || config["type"] === type)
            .map(brief),
        );
      },
    },
  },
  {
    path: "/listeners_status",
    methods: {
      GET: (node) =>
        ok(
          sorted(node).map((listener) => {
            const { enable, id, type } = listener.config;
            const now = status(listener);
            return { enable, ids: [id], node_status: [{ node: nodeName, status: now }], status: now, type };
          }),
        ),
    },
  },
  {
    path: "/listeners/:id",
    methods: {
      GET: (node, { params }) => {
        const id = params["id"] ?? "";
        if (!/^[^:]+:.+$/.test(id)) {
          const reason = `{invalid_listener_id,${id}}`;
          return invalid({ value: id, reason, path: "id", kind: "validation_error" });
        }
        const listener = node.listeners().find(({ config }) => config["id"] === id);
        return listener ? ok(whole(listener)) : failure(404, "BAD_LISTENER_ID", "Listener id not found");
      },
    },
  },
];
