import type { Surroundings } from "../authn/make-authenticator.ts";
import { topicMatches } from "../authz/topic-match.ts";
import { isObject, type JsonObject } from "../json.ts";
import { Connector } from "./connector.ts";
import { HttpAction } from "./http-action.ts";
import { ruleActionWithDefaults } from "./integration-defaults.ts";
import { parseRuleSql, type RuleSql } from "./rule-sql.ts";
import { fillRuleTemplate } from "./rule-template.ts";

export interface Rule {
  id: string;
  config: JsonObject;
  sql: RuleSql;
  createdAt: number;
  counts: { matched: number; passed: number; noResult: number; actions: number };
}

/** A message that a rule sends on. */
export interface Republished {
  topic: string;
  payload: string;
  qos: 0 | 1 | 2;
  retain: boolean;
}

/** Connectors, actions and rules, and the events that run through them. */
export class RuleEngine {
  readonly connectors = new Map<string, Connector>();
  readonly actions = new Map<string, HttpAction>();
  readonly rules = new Map<string, Rule>();
  onRepublish: (message: Republished) => void = () => {};
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  async putConnector(name: string, config: JsonObject): Promise<Connector> {
    const connector = this.connectors.get(name) ?? new Connector(name, config, this.#surroundings);
    connector.config = config;
    this.connectors.set(name, connector);
    await connector.start();
    return connector;
  }

  putAction(name: string, config: JsonObject): HttpAction {
    const find = () => this.connectors.get(String(this.actions.get(name)?.config["connector"]));
    const action = this.actions.get(name) ?? new HttpAction(name, config, find, this.#surroundings.healthCheckMs);
    action.config = config;
    action.resetCounts();
    this.actions.set(name, action);
    return action;
  }

  /** Throws SqlError. */
  putRule(id: string, config: JsonObject): Rule {
    const sql = parseRuleSql(String(config["sql"]));
    const old = this.rules.get(id);
    const counts = old?.counts ?? { matched: 0, passed: 0, noResult: 0, actions: 0 };
    const rule = { id, config, sql, createdAt: old?.createdAt ?? Date.now(), counts };
    this.rules.set(id, rule);
    return rule;
  }

  /** Which rules use an action. */
  rulesOf(action: string): string[] {
    return [...this.rules.values()]
      .filter(({ config }) => listOf(config).includes(`http:${action}`))
      .map(({ id }) => id);
  }

  actionsOf(connector: string): string[] {
    return [...this.actions.values()].filter(({ config }) => config["connector"] === connector).map(({ name }) => name);
  }

  /** Runs an event (`$events/…`) or a message (its topic) through the rules that listen to it. */
  emit(source: string, columns: Record<string, unknown>): void {
    const isEvent = source.startsWith("$events/");
    for (const rule of this.rules.values()) {
      if (String(rule.config["enable"] ?? true) !== "true") continue;
      const listens = rule.sql.from.some((from) => (isEvent ? from === source : topicMatches(source, from)));
      if (listens) this.#run(rule, columns);
    }
  }

  async healthCheck(): Promise<void> {
    await Promise.all([...this.connectors.values()].map((connector) => connector.healthCheck()));
    await Promise.all([...this.actions.values()].map((action) => action.retry()));
  }

  /** As a node that starts: new connections, no figures; when rules were made is not kept. */
  async restart(): Promise<void> {
    for (const connector of this.connectors.values()) await connector.start();
    for (const action of this.actions.values()) action.resetCounts();
    for (const rule of this.rules.values()) {
      rule.counts = { matched: 0, passed: 0, noResult: 0, actions: 0 };
      rule.createdAt = Date.now();
    }
  }

  close(): void {
    for (const connector of this.connectors.values()) connector.close();
    for (const action of this.actions.values()) action.close();
  }

  #run(rule: Rule, columns: Record<string, unknown>): void {
    rule.counts.matched += 1;
    const selected = this.#select(rule, columns);
    if (!selected) {
      rule.counts.noResult += 1;
      return;
    }
    rule.counts.passed += 1;
    for (const action of listOf(rule.config)) {
      rule.counts.actions += 1;
      if (typeof action === "string") void this.actions.get(action.replace(/^http:/, ""))?.send(selected);
      else this.#republish(ruleActionWithDefaults(action), selected);
    }
  }

  /** A function that fails, e.g. on a payload that is no JSON, gives no result. */
  #select(rule: Rule, columns: Record<string, unknown>): Record<string, unknown> | undefined {
    try {
      return rule.sql.select({ ...columns, metadata: { rule_id: rule.id } });
    } catch {
      return undefined;
    }
  }

  #republish(action: unknown, columns: Record<string, unknown>): void {
    if (!isObject(action) || action["function"] !== "republish" || !isObject(action["args"])) return;
    const fill = (key: string) => fillRuleTemplate(String((action["args"] as JsonObject)[key]), columns);
    const qos = Number(fill("qos"));
    this.onRepublish({
      topic: fill("topic"),
      payload: fill("payload"),
      qos: qos === 1 || qos === 2 ? qos : 0,
      retain: fill("retain") === "true",
    });
  }
}

function listOf(config: JsonObject): unknown[] {
  return Array.isArray(config["actions"]) ? config["actions"] : [];
}
