import { parseXiaozhiClientId } from "@connack/credentials";
import type { EventOrigin } from "../../broker-adapter.ts";
import type { ManagementClient } from "../management/management-client.ts";
import { ManagementError } from "../management/management-error.ts";
import { clientPath } from "./client-path.ts";
import { type EmqxReach, isAway } from "./emqx-reach.ts";

export interface SubscribeParts {
  client: Pick<ManagementClient, "post">;
  reach: Pick<EmqxReach, "isUp" | "failed">;
  onError(error: unknown): void;
  nowMs(): number;
}

export interface SubscribeCounts {
  /** Devices that were subscribed. */
  done: number;
  /** Devices that were gone before. */
  gone: number;
  /** Devices that were given up: too many waited, EMQX was away for too long, or refused it. */
  dropped: number;
}

interface Waiting {
  topics: readonly string[];
  /** When it connected was told. */
  at: number;
  failures: number;
}

/** Devices that wait, at most. */
const mostWaiting = 50_000;
/** Devices that are subscribed at once; the API client has as many connections. */
const atOnce = 4;
/** After this nobody waits for an answer any more: the device has tried again, or is looked for anew. */
export const longestWaitMs = 600_000;
const mostFailures = 3;

/**
 * xiaozhi firmware subscribes to nothing: whoever runs it expects that the broker does, to `devices/p2p/<MAC>`, where
 * the server answers. EMQX's own auto-subscription knows client id and user name only, so Connack subscribes a device
 * when EMQX tells that it is connected: only one that Connack let in by its signed client id, and only to its own MAC.
 */
export class SubscribeOnConnect {
  readonly #parts: SubscribeParts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #counts: SubscribeCounts = { done: 0, gone: 0, dropped: 0 };
  #running = 0;
  #closed = false;

  constructor(parts: SubscribeParts) {
    this.#parts = parts;
  }

  get counts(): Readonly<SubscribeCounts> {
    return this.#counts;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  connected({ clientId, proven }: EventOrigin): void {
    if (clientId === undefined || proven?.scheme !== "xiaozhi-hmac") return;
    this.found(clientId, proven.deviceId);
  }

  /** A device that Connack let in is connected with this client id. */
  found(clientId: string, deviceId: string): void {
    const topics = repliesTo(clientId, deviceId);
    if (topics.length === 0) return;
    if (this.#waiting.size >= mostWaiting && !this.#waiting.has(clientId)) {
      this.#counts.dropped++;
      return;
    }
    this.#waiting.set(clientId, { topics, at: this.#parts.nowMs(), failures: 0 });
    this.go();
  }

  /** Goes on with those that wait: EMQX is there again. */
  go(): void {
    while (!this.#closed && this.#running < atOnce && this.#parts.reach.isUp) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next[0]);
      void this.#subscribe(...next);
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
  }

  async #subscribe(clientId: string, waiting: Waiting): Promise<void> {
    const path = clientPath(clientId);
    if (path === undefined || this.#parts.nowMs() - waiting.at > longestWaitMs) {
      this.#counts.dropped++;
      return;
    }
    this.#running++;
    try {
      for (const topic of waiting.topics) await this.#parts.client.post(`${path}/subscribe`, { topic, qos: 0 });
      this.#counts.done++;
    } catch (error) {
      this.#failed(clientId, waiting, error);
    } finally {
      this.#running--;
      this.go();
    }
  }

  #failed(clientId: string, waiting: Waiting, error: unknown): void {
    if (this.#closed) return;
    if (error instanceof ManagementError && error.status === 404) {
      this.#counts.gone++;
      return;
    }
    // It may be connected anew meanwhile, and wait again already.
    const again = () => {
      if (!this.#waiting.has(clientId)) this.#waiting.set(clientId, waiting);
    };
    if (isAway(error)) {
      again();
      this.#parts.reach.failed(error);
      return;
    }
    if (++waiting.failures < mostFailures) again();
    else {
      this.#counts.dropped++;
      this.#parts.onError(error);
    }
  }
}

/**
 * The topics a device is answered at: its MAC as its client id has it, which is what gateways use, and in the form of
 * all MACs. None where the client id is not that of the device.
 */
function repliesTo(clientId: string, deviceId: string): string[] {
  const parsed = parseXiaozhiClientId(clientId);
  if (parsed === undefined) return [];
  const { mac, deviceText } = parsed;
  if ((mac ?? deviceText) !== deviceId) return [];
  const names = new Set([deviceText, ...(mac === undefined ? [] : [mac.replaceAll(":", "_")])]);
  return [...names].map((name) => `devices/p2p/${name}`);
}
