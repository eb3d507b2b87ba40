import { durationMs } from "../duration.ts";
import { descendingJson, isObject, type JsonObject } from "../json.ts";
import type { Connector } from "./connector.ts";
import { actionWithDefaults } from "./integration-defaults.ts";
import { fillRuleTemplate } from "./rule-template.ts";

export interface ActionCounts {
  matched: number;
  success: number;
  failed: number;
  retried: number;
  "dropped.expired": number;
  inflight: number;
}

const noCounts = (): ActionCounts => ({
  matched: 0,
  success: 0,
  failed: 0,
  retried: 0,
  "dropped.expired": 0,
  inflight: 0,
});

interface Waiting {
  columns: Record<string, unknown>;
  expiresAt: number;
}

/** Sends selected columns to a sink: 429, 503 and lost connections are tried again, everything else but 2xx fails. */
export class HttpAction {
  readonly name: string;
  config: JsonObject;
  counts = noCounts();
  readonly #connector: () => Connector | undefined;
  #waiting: Waiting[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(name: string, config: JsonObject, connector: () => Connector | undefined, retryMs: number) {
    this.name = name;
    this.config = config;
    this.#connector = connector;
    this.#timer = setInterval(() => void this.retry(), retryMs);
    this.#timer.unref();
  }

  get full(): JsonObject {
    return actionWithDefaults(this.config);
  }

  get installed(): boolean {
    const connector = this.#connector();
    return String(this.full["enable"]) === "true" && connector !== undefined && connector.status !== "stopped";
  }

  resetCounts(): void {
    this.counts = noCounts();
  }

  async send(columns: Record<string, unknown>): Promise<void> {
    this.counts.matched += 1;
    if (!this.installed) return;
    const resource = this.full["resource_opts"] as JsonObject;
    const expiresAt = Date.now() + (durationMs(resource["request_ttl"]) ?? 45_000);
    await this.#deliver({ columns, expiresAt }, 3);
  }

  /** What EMQX does every 15 s with what is still to be sent. */
  async retry(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      this.counts.inflight -= 1;
      if (one.expiresAt < Date.now()) this.counts["dropped.expired"] += 1;
      else {
        this.counts.retried += 1;
        await this.#deliver(one, 1);
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #deliver(one: Waiting, attempts: number): Promise<void> {
    const connector = this.#connector();
    const outcome = connector ? await this.#attempt(connector, one.columns, attempts) : "later";
    if (outcome === "later") {
      this.#waiting.push(one);
      this.counts.inflight += 1;
    } else this.counts[outcome] += 1;
  }

  async #attempt(
    connector: Connector,
    columns: Record<string, unknown>,
    attempts: number,
  ): Promise<"success" | "failed" | "later"> {
    const bytes = this.#render(connector, columns);
    for (let tries = 1; ; tries += 1) {
      let status: number;
      try {
        status = (await connector.request(bytes, 30_000)).status;
      } catch {
        return "later"; // the pool has tried three times already
      }
      if (status >= 200 && status < 300) return "success";
      if (status !== 429 && status !== 503) return "failed";
      if (tries >= attempts) return "later";
    }
  }

  #render(connector: Connector, columns: Record<string, unknown>): Buffer {
    const parameters = this.full["parameters"] as JsonObject;
    const url = new URL(String(connector.full["url"]));
    const path = typeof parameters["path"] === "string" ? fillRuleTemplate(parameters["path"], columns) : "";
    const target = `${url.pathname.replace(/\/$/, "")}/${path.replace(/^\//, "")}${path === "" ? url.search : ""}`;
    const template = parameters["body"];
    const body = Buffer.from(
      typeof template === "string" ? fillRuleTemplate(template, columns) : descendingJson(columns),
    );
    const headers = [["content-length", String(body.length)], ["host", url.host], ...this.#headers(connector, columns)];
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    const head = `${String(parameters["method"]).toUpperCase()} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  }

  /** The action's headers over the connector's, by name; those that both give are sent a second time (recorded). */
  #headers(connector: Connector, columns: Record<string, unknown>): [string, string][] {
    const parameters = this.full["parameters"] as JsonObject;
    const base = isObject(connector.full["headers"]) ? connector.full["headers"] : {};
    const given = isObject(parameters["headers"]) ? parameters["headers"] : {};
    const own = Object.entries(given).map(([name, value]): [string, string] => [
      fillRuleTemplate(name, columns).toLowerCase(),
      fillRuleTemplate(String(value), columns),
    ]);
    const names = Object.keys(base).map((name) => name.toLowerCase());
    const all = new Map(Object.entries(base).map(([name, value]) => [name.toLowerCase(), String(value)]));
    for (const [name, value] of own) all.set(name, value);
    const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
    return [...sorted, ...own.filter(([name]) => names.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1))];
  }
}
