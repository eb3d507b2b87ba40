import { randomBytes } from "node:crypto";
import { isObject, type JsonObject } from "../json.ts";
import { rfc3339Ms } from "../node-state.ts";
import { ruleActionWithDefaults } from "../rules/integration-defaults.ts";
import type { Rule } from "../rules/rule-engine.ts";
import { parseRuleSql, SqlError } from "../rules/rule-sql.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { actionPattern, metricsAnswer } from "./actions.ts";
import { type ApiAnswer, badRequest, created, failure, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";
import { paged } from "./paging.ts";

const absent = notFound("Rule Id Not Found");
const known = ["actions", "description", "enable", "id", "metadata", "name", "sql"];
const bad = (path: string, more: string) =>
  badRequest(`Bad Arguments: #{kind => validation_error,path => "${path}",${more}}`);

function view({ id, config, sql, createdAt }: Rule): object {
  const { actions = [], description = "", enable = true, name = "" } = config;
  return {
    actions: (actions as unknown[]).map(ruleActionWithDefaults),
    created_at: rfc3339Ms(createdAt),
    description,
    enable,
    from: sql.from,
    id,
    name,
    sql: config["sql"],
  };
}

/** What is wrong with a rule, in the Erlang terms of 5.8.0. */
function problemOf(id: string, config: JsonObject): ApiAnswer | undefined {
  if (!/^[A-Za-z0-9]+[A-Za-z0-9-_]*$/.test(id)) {
    const expected = 'expected_data_type => <<"^[A-Za-z0-9]+[A-Za-z0-9-_]*$">>';
    const rest = 'kind => validation_error,path => "rule_engine.rules",reason => invalid_map_key';
    return badRequest(`Bad Arguments: #{${expected},got => "${id}",${rest}}`);
  }
  const path = `rule_engine.rules.${id}`;
  const unknown = Object.keys(config).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    return bad(path, `reason => unknown_fields,unknown => "${unknown.join(",")}",unmatched => none`);
  if (config["sql"] === undefined) return bad(`${path}.sql`, "reason => required_field");
  const strange = (Array.isArray(config["actions"]) ? config["actions"] : []).find(
    (action) => typeof action === "string" && !/^[^:]+:.+$/.test(action),
  );
  if (strange !== undefined) return actionPattern(strange);
  try {
    parseRuleSql(String(config["sql"]));
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const reason = error.message.startsWith("{")
      ? error.message
      : `{parse_error,{${JSON.stringify(error.message)},[]}}`;
    return bad(`${path}.sql`, `reason => ${reason},value => <<${config["sql"] === "" ? "" : `"${config["sql"]}"`}>>`);
  }
}

function create(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const { id: given, ...config } = isObject(body) ? body : {};
  const id = given === undefined ? randomBytes(4).toString("hex") : String(given);
  if (node.engine.rules.has(id)) return badRequest("rule id already exists");
  return problemOf(id, config) ?? created(view(node.engine.putRule(id, config)));
}

/** A partial merge; what is not there is created. */
function merge(node: StandInNode, { body, params }: ApiCall): ApiAnswer {
  const id = params["id"] ?? "";
  const { id: _given, ...change } = isObject(body) ? body : {};
  const config = { ...node.engine.rules.get(id)?.config, ...change };
  return problemOf(id, config) ?? ok(view(node.engine.putRule(id, config)));
}

function list(node: StandInNode, { query }: ApiCall): ApiAnswer {
  const [enable, like] = [query.get("enable"), query.get("like_id")];
  const found = [...node.engine.rules.values()]
    .filter(({ config }) => enable === null || String(config["enable"] ?? true) === enable)
    .filter(({ id }) => like === null || id.includes(like));
  return paged(found.map(view), query, { count: like === null });
}

function metrics({ counts }: Rule): object {
  return {
    "actions.failed": 0,
    "actions.failed.out_of_service": 0,
    "actions.failed.unknown": 0,
    "actions.success": counts.actions,
    "actions.total": counts.actions,
    failed: counts.noResult,
    "failed.exception": 0,
    "failed.no_result": counts.noResult,
    matched: counts.matched,
    "matched.rate": 0,
    "matched.rate.last5m": 0,
    "matched.rate.max": 0,
    passed: counts.passed,
  };
}

function test(_node: StandInNode, { body }: ApiCall): ApiAnswer {
  const { sql, context } = isObject(body) ? body : {};
  if (!isObject(context) || context["event_type"] === undefined)
    return badRequest("Bad Arguments: emqx_rule_api_schema");
  try {
    const { from, select } = parseRuleSql(String(sql));
    const { event_type, ...columns } = context;
    const source = event_type === "message_publish" ? String(context["topic"]) : `$events/${event_type}`;
    const selected = from.includes(source) || event_type === "message_publish" ? select(columns) : undefined;
    return selected ? ok(selected) : failure(412, "NOT_MATCH", "SQL Not Match");
  } catch (error) {
    if (error instanceof SqlError) return badRequest(error.message);
    throw error;
  }
}

export const ruleRoutes: Route[] = [
  { path: "/rules", methods: { GET: list, POST: create } },
  { path: "/rule_test", methods: { POST: test } },
  {
    path: "/rules/:id",
    methods: {
      GET: (node, { params }) => {
        const rule = node.engine.rules.get(params["id"] ?? "");
        return rule ? ok(view(rule)) : absent;
      },
      PUT: merge,
      DELETE: (node, { params }) => (node.engine.rules.delete(params["id"] ?? "") ? noContent : absent),
    },
  },
  {
    path: "/rules/:id/metrics",
    methods: {
      GET: (node, { params }) => {
        const rule = node.engine.rules.get(params["id"] ?? "");
        return rule ? metricsAnswer(metrics(rule), { id: rule.id }) : absent;
      },
    },
  },
  {
    path: "/rules/:id/metrics/reset",
    methods: {
      PUT: (node, { params }) => {
        const rule = node.engine.rules.get(params["id"] ?? "");
        if (!rule) return absent;
        rule.counts = { matched: 0, passed: 0, noResult: 0, actions: 0 };
        return noContent;
      },
    },
  },
];
