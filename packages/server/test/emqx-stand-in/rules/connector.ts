import type { Surroundings } from "../authn/make-authenticator.ts";
import type { HttpAnswer } from "../http/http-answer-parser.ts";
import { HttpPool, NoAnswer } from "../http/http-pool.ts";
import { targetOf } from "../http/target-of.ts";
import type { JsonObject } from "../json.ts";
import { connectorWithDefaults } from "./integration-defaults.ts";

/** Connections to one sink. */
export class Connector {
  readonly name: string;
  config: JsonObject;
  #pool: HttpPool | undefined;
  readonly #surroundings: Surroundings;

  constructor(name: string, config: JsonObject, surroundings: Surroundings) {
    this.name = name;
    this.config = config;
    this.#surroundings = surroundings;
  }

  get full(): JsonObject {
    return connectorWithDefaults(this.config);
  }

  get status(): string {
    return this.#pool?.status ?? "stopped";
  }

  get reason(): string | undefined {
    return this.#pool?.reason;
  }

  /** Opens its connections, where it is enabled. */
  async start(): Promise<void> {
    this.close();
    const full = this.full;
    if (String(full["enable"]) !== "true") return;
    const { certificates, healthCheckMs } = this.#surroundings;
    const target = targetOf(full, String(full["url"]), certificates);
    this.#pool = new HttpPool(target, Number(full["pool_size"]), healthCheckMs);
    await this.#pool.healthCheck();
  }

  request(bytes: Buffer, timeoutMs: number): Promise<HttpAnswer> {
    return this.#pool?.request(bytes, timeoutMs) ?? Promise.reject(new NoAnswer("not_connected"));
  }

  async healthCheck(): Promise<void> {
    await this.#pool?.healthCheck();
  }

  close(): void {
    this.#pool?.close();
    this.#pool = undefined;
  }
}
