import type { JsonObject } from "../json.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, failure, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";
import { wrongList } from "./read-body.ts";
import { oneOf, qos, text } from "./schema.ts";

const flag = { check: oneOf([0, 1, "0", "1"]) };
const schema = {
  fields: {
    nl: flag,
    qos: { check: qos },
    rap: flag,
    rh: { check: oneOf([0, 1, 2, "0", "1", "2"]) },
    topic: { check: text, required: true },
  },
} as const;

function replace(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const wrong = wrongList(body, schema);
  if (wrong) return wrong;
  const topics = body as JsonObject[];
  if (topics.length > 20) return failure(409, "EXCEED_LIMIT", "Max auto subscribe topic count is  20");
  node.state.autoSubscribe = topics.map((topic) => ({ nl: 0, qos: 0, rap: 0, rh: 0, ...topic }));
  return ok(node.state.autoSubscribe);
}

export const autoSubscribeRoutes: Route[] = [
  { path: "/mqtt/auto_subscribe", methods: { GET: (node) => ok(node.state.autoSubscribe), PUT: replace } },
];
