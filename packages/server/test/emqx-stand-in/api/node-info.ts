import { nodeName } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";
import { paged } from "./paging.ts";
import { alarmView } from "./status-answer.ts";

/** `GET /status`, also outside /api/v5; the content type of the JSON form is misspelt in 5.8.0. */
export function nodeStatus(_node: StandInNode, { query }: Pick<ApiCall, "query">): ApiAnswer {
  const headers = { "retry-after": "15" };
  if (query.get("format") !== "json")
    return { status: 200, text: `Node ${nodeName} is started\nemqx is running`, contentType: "text/plain", headers };
  const body = { rel_vsn: "v5.8.0", node_name: nodeName, broker_status: "started", app_status: "running" };
  return { status: 200, text: JSON.stringify(body), contentType: "applicatin/json", headers };
}

function view(node: StandInNode): object {
  return {
    cluster_sessions: node.sessionCount(),
    connections: node.sessionCount(),
    edition: "Opensource",
    live_connections: node.connectionCount(),
    load1: 0.5,
    load15: 0.5,
    load5: 0.5,
    log_path: "/opt/emqx/log",
    max_fds: 20000,
    memory_total: "8.00G",
    memory_used: "500.00M",
    node: nodeName,
    node_status: "running",
    otp_release: "25/13.1.5",
    process_available: 2097152,
    process_used: 407,
    role: "core",
    sys_path: "/opt/emqx",
    uptime: Date.now() - node.state.startedAt,
    version: "5.8.0",
  };
}

export const nodeRoutes: Route[] = [
  { path: "/status", open: true, methods: { GET: nodeStatus } },
  { path: "/nodes", methods: { GET: (node) => ok([view(node)]) } },
  {
    path: "/nodes/:node",
    methods: {
      GET: (node, { params }) =>
        params["node"] === nodeName ? ok(view(node)) : notFound(`Node not found: ${params["node"]}`),
    },
  },
  {
    path: "/cluster",
    methods: { GET: () => ok({ name: "emqxcl", nodes: [nodeName], self: nodeName }) },
  },
  {
    path: "/alarms",
    methods: {
      GET: (node, { query }) => {
        const active = query.get("activated") !== "false";
        return paged(active ? node.alarms().map((alarm) => alarmView(alarm, Date.now())) : [], query);
      },
    },
  },
];
