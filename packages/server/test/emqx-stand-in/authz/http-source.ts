import { readAnswerBody } from "../authn/read-authn-answer.ts";
import { authzValues, type ClientInfo } from "../client-info.ts";
import { durationMs } from "../duration.ts";
import type { HttpAnswer } from "../http/http-answer-parser.ts";
import { HttpPool } from "../http/http-pool.ts";
import { renderRequest } from "../http/render-request.ts";
import { targetOf } from "../http/target-of.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Source, TopicRequest, Verdict } from "./source.ts";

/** The `http` source: only 200 with `deny` denies; every failure means that the next source is asked. */
export class HttpSource implements Source {
  readonly #config: JsonObject;
  readonly #pool: HttpPool;

  constructor(config: JsonObject, healthCheckMs: number, certificates: Map<string, string>) {
    this.#config = config;
    const target = targetOf(config, String(config["url"]), certificates);
    this.#pool = new HttpPool(target, Number(config["pool_size"]), healthCheckMs);
  }

  async authorize(client: ClientInfo, request: TopicRequest): Promise<Verdict> {
    const values = authzValues(client, {
      action: request.action,
      access: request.action === "publish" ? "2" : "1",
      topic: request.topic,
      qos: String(request.qos),
      retain: String(request.retain),
    });
    try {
      const timeout = durationMs(this.#config["request_timeout"]) ?? 30_000;
      return readVerdict(await this.#pool.request(renderRequest(this.#config, values), timeout));
    } catch {
      return "ignore";
    }
  }

  status() {
    return this.#pool.status;
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

/** A missing content type counts as JSON here, other than in authentication. */
function readVerdict(answer: HttpAnswer): Verdict {
  if (answer.status === 204) return "allow";
  if (answer.status !== 200) return "ignore";
  const body = readAnswerBody(answer.headers.get("content-type") ?? "application/json", answer.body);
  const result = isObject(body) ? body["result"] : undefined;
  return result === "allow" || result === "deny" || result === "ignore" ? result : "nomatch";
}
