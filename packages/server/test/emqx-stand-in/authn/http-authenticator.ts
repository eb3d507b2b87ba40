import { authnValues, type ClientInfo, passwordText } from "../client-info.ts";
import { durationMs } from "../duration.ts";
import { HttpPool } from "../http/http-pool.ts";
import { renderRequest } from "../http/render-request.ts";
import { targetOf } from "../http/target-of.ts";
import type { JsonObject } from "../json.ts";
import { type Authenticator, type AuthnResult, ignore } from "./authenticator.ts";
import { readAuthnAnswer } from "./read-authn-answer.ts";

/** `password_based:http`, from its configuration with defaults. */
export class HttpAuthenticator implements Authenticator {
  readonly #config: JsonObject;
  readonly #pool: HttpPool;

  constructor(config: JsonObject, healthCheckMs: number, certificates: Map<string, string>) {
    this.#config = config;
    const target = targetOf(config, String(config["url"]), certificates);
    this.#pool = new HttpPool(target, Number(config["pool_size"]), healthCheckMs);
  }

  async authenticate(client: ClientInfo): Promise<AuthnResult> {
    if (passwordText(client.password) === undefined) return ignore; // not UTF-8: EMQX cannot write the request
    const request = renderRequest(this.#config, authnValues(client));
    try {
      const answer = await this.#pool.request(request, durationMs(this.#config["request_timeout"]) ?? 5000);
      return readAuthnAnswer(answer, Math.floor(Date.now() / 1000));
    } catch {
      return ignore;
    }
  }

  status() {
    return this.#pool.status;
  }

  problem() {
    return this.#pool.reason;
  }

  resourceCounts() {
    return this.#pool.counts;
  }

  healthCheck(): Promise<void> {
    return this.#pool.healthCheck();
  }

  close(): void {
    this.#pool.close();
  }
}
