import type { JsonObject } from "../json.ts";
import { type ApiAnswer, badRequest, failure, internalError, noContent, notFound, ok } from "./api-answer.ts";
import type { Handler, Route } from "./api-call.ts";
import { paged } from "./paging.ts";
import { wrongList, wrongObject } from "./read-body.ts";
import { type Check, list, oneOf, problemsOf, text } from "./schema.ts";

const base = "/authorization/sources/built_in_database/rules";
const enumReason = "unable_to_convert_to_enum_symbol";

const ruleSchema = {
  fields: {
    action: { check: oneOf(["publish", "subscribe", "all"], enumReason), required: true },
    permission: { check: oneOf(["allow", "deny"], enumReason), required: true },
    qos: {},
    retain: {},
    topic: { check: text, required: true },
  },
} as const;

/** The first wrong rule of a list. */
const rules: Check = (value, path) => {
  const wrong = list(value, path);
  if (wrong) return wrong;
  for (const [index, rule] of (value as JsonObject[]).entries()) {
    const problem = problemsOf(rule, ruleSchema, `${path}.${index + 1}`)[0];
    if (problem) return problem;
  }
  return undefined;
};

const ofName = (key: string) => ({
  fields: { [key]: { check: text, required: true as const }, rules: { check: rules, required: true as const } },
});

/** A rule as GET shows it. */
function fullRule(rule: JsonObject): JsonObject {
  const { action, permission, topic } = rule;
  const qos = Array.isArray(rule["qos"]) ? rule["qos"] : rule["qos"] === undefined ? [0, 1, 2] : [rule["qos"]];
  return { action, permission, qos, retain: rule["retain"] ?? "all", topic } as JsonObject;
}

const fullRules = (value: unknown): JsonObject[] => (value as JsonObject[]).map(fullRule);

/** Rules can be seen only while their source is there. */
function withSource(handler: Handler): Handler {
  return (node, call) =>
    node.sources.find("built_in_database") ? handler(node, call) : notFound("Not found: built_in_database");
}

interface Kind {
  path: "users" | "clients";
  key: "username" | "clientid";
  title: string;
  missing: string;
}

function routesOf({ path, key, title, missing }: Kind): Route[] {
  const view = ([name, own]: [string, JsonObject[]]) => ({ [key]: name, rules: own });
  const add: Handler = (node, { body }) => {
    const wrong = wrongList(body, ofName(key));
    if (wrong) return wrong;
    const stored = node.sources.rules[path];
    for (const item of body as JsonObject[]) {
      const name = String(item[key]);
      if (stored.has(name)) return failure(409, "ALREADY_EXISTS", `${title} '${name}' already exist`);
      stored.set(name, fullRules(item["rules"]));
    }
    return noContent;
  };
  const put: Handler = (node, { body, params }) => {
    const wrong = wrongObject(body, ofName(key));
    if (wrong) return wrong;
    const given = body as JsonObject;
    if (given[key] !== params["name"]) return internalError("error, function_clause");
    node.sources.rules[path].set(String(given[key]), fullRules(given["rules"]));
    return noContent;
  };
  return [
    {
      path: `${base}/${path}`,
      methods: {
        GET: withSource((node, { query }) => {
          const like = query.get(`like_${key}`);
          const found = [...node.sources.rules[path]].filter(([name]) => like === null || name.includes(like));
          return paged(found.map(view), query, { count: like === null });
        }),
        POST: withSource(add),
      },
    },
    {
      path: `${base}/${path}/:name`,
      methods: {
        GET: withSource((node, { params }) => {
          const own = node.sources.rules[path].get(params["name"] ?? "");
          return own ? ok(view([params["name"] ?? "", own])) : notFound("Not Found");
        }),
        PUT: withSource(put),
        DELETE: withSource((node, { params }) =>
          node.sources.rules[path].delete(params["name"] ?? "") ? noContent : notFound(missing),
        ),
      },
    },
  ];
}

const setAll: Handler = (node, { body }) => {
  const wrong = wrongObject(body, { fields: { rules: { check: rules, required: true } } });
  if (wrong) return wrong;
  node.sources.rules.all = fullRules((body as JsonObject)["rules"]);
  return noContent;
};

const purge: Handler = (node): ApiAnswer => {
  if (node.sources.find("built_in_database")?.live)
    return badRequest("'built_in_database' type source must be disabled before purge.");
  node.sources.rules.users.clear();
  node.sources.rules.clients.clear();
  node.sources.rules.all = [];
  return noContent;
};

export const sourceRuleRoutes: Route[] = [
  { path: base, methods: { DELETE: withSource(purge) } },
  {
    path: `${base}/all`,
    methods: {
      GET: withSource((node) => ok({ rules: node.sources.rules.all })),
      POST: withSource(setAll),
      DELETE: withSource((node) => {
        node.sources.rules.all = [];
        return noContent;
      }),
    },
  },
  ...routesOf({ path: "users", key: "username", title: "User", missing: "Username Not Found" }),
  ...routesOf({ path: "clients", key: "clientid", title: "Client", missing: "ClientID Not Found" }),
];
