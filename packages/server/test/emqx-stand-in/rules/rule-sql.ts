import { topicMatches } from "../authz/topic-match.ts";
import { descendingJson, isObject } from "../json.ts";

/** A rule's statement: what it listens to and what it makes of an event. */
export interface RuleSql {
  from: string[];
  /** The selected columns; `undefined` where the condition does not hold. */
  select(columns: Record<string, unknown>): Record<string, unknown> | undefined;
}

/** The text is no `SELECT … FROM …`; its message is EMQX's. */
export class SqlError extends Error {}

/** `SELECT *|columns FROM "topic", … [WHERE …]`: the part of EMQX's SQL that tests need. */
export function parseRuleSql(sql: string): RuleSql {
  if (sql.trim() === "") throw new SqlError("{parse_error,invalid_string}");
  const match = /^\s*SELECT\s+(.+?)\s+FROM\s+(.+?)(?:\s+WHERE\s+(.+?))?\s*$/is.exec(sql);
  if (!match) {
    const word = sql.trim().split(/\s+/)[0] ?? "";
    throw new SqlError(`6: syntax error before: "${word}"`);
  }
  const [, fields = "*", sources = "", condition] = match;
  const from = [...sources.matchAll(/"([^"]+)"|'([^']+)'/g)].map(([, double, single]) => double ?? single ?? "");
  const pick = readFields(fields);
  const holds = condition === undefined ? () => true : readCondition(condition);
  return { from, select: (columns) => (holds(columns) ? pick(columns) : undefined) };
}

type Columns = Record<string, unknown>;

function readFields(text: string): (columns: Columns) => Columns {
  const fields = text.split(",").map((field) => {
    const [, expression = field, alias] = /^(.*?)\s+as\s+(\S+)$/i.exec(field.trim()) ?? [undefined, field.trim()];
    return { expression: expression.trim(), alias: alias ?? expression.trim() };
  });
  return (columns) => {
    const selected: Columns = {};
    for (const { expression, alias } of fields) {
      if (expression === "*") Object.assign(selected, columns);
      // EMQX writes a column that the event does not have as this text (recorded: "mountpoint").
      else setPath(selected, alias, columnValue(expression, columns) ?? "undefined");
    }
    return selected;
  };
}

/** `AND` binds tighter than `OR`; no brackets. */
function readCondition(text: string): (columns: Columns) => boolean {
  const either = text.split(/\s+or\s+/i).map((part) => part.split(/\s+and\s+/i).map(readComparison));
  return (columns) => either.some((all) => all.every((one) => one(columns)));
}

function readComparison(text: string): (columns: Columns) => boolean {
  const [, left = "", operator = "=", right = ""] = /^(.+?)\s*(<>|!=|>=|<=|=~|=|>|<)\s*(.+)$/s.exec(text.trim()) ?? [];
  return (columns) => {
    const [a, b] = [left, right].map((side) => asText(columnValue(side.trim(), columns)));
    // Whatever the operator is: `<>` as well.
    if (a === undefined || b === undefined) return a === b && operator === "=";
    if (operator === "=") return a === b;
    if (operator === "<>" || operator === "!=") return a !== b;
    if (operator === "=~") return topicMatches(String(a), String(b));
    if (operator === ">") return Number(a) > Number(b);
    if (operator === "<") return Number(a) < Number(b);
    return operator === ">=" ? Number(a) >= Number(b) : Number(a) <= Number(b);
  };
}

/** EMQX compares its atoms, `true` among them, with texts by their name. */
function asText(value: unknown): unknown {
  return typeof value === "boolean" ? String(value) : value;
}

function columnValue(expression: string, columns: Columns): unknown {
  const literal = /^'(.*)'$/s.exec(expression)?.[1];
  if (literal !== undefined) return literal;
  if (/^-?\d+(\.\d+)?$/.test(expression)) return Number(expression);
  if (expression === "true" || expression === "false") return expression === "true";
  const call = /^([a-z_0-9]+)\((.*)\)$/i.exec(expression);
  if (call) return callFunction(call[1] ?? "", columnValue((call[2] ?? "").trim(), columns));
  return path(expression, columns);
}

function callFunction(name: string, value: unknown): unknown {
  if (name === "lower") return String(value).toLowerCase();
  if (name === "upper") return String(value).toUpperCase();
  if (name === "str") return String(value);
  if (name === "json_decode") return JSON.parse(String(value)); // what is no JSON fails the rule
  if (name === "base64_encode") return Buffer.from(String(value)).toString("base64");
  const missing = { reason: "sql_function_not_supported", module: "emqx_rule_funcs", function: name };
  throw new SqlError(descendingJson({ select_and_transform_error: missing }));
}

/** `payload.x` looks into JSON, as EMQX does. */
function path(expression: string, columns: Columns): unknown {
  let at: unknown = columns;
  for (const key of expression.split(".")) {
    if (typeof at === "string") at = parsed(at);
    at = isObject(at) ? at[key] : undefined;
  }
  return at;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function setPath(target: Columns, name: string, value: unknown): void {
  const keys = name.split(".");
  const last = keys.pop() ?? name;
  let at = target;
  for (const key of keys) {
    at[key] = isObject(at[key]) ? at[key] : {};
    at = at[key] as Columns;
  }
  at[last] = value;
}
