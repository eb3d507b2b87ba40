import type { ManagementClient } from "../management/management-client.ts";
import { ManagementError, type ManagementProblem } from "../management/management-error.ts";
import { readVersion } from "../management/read-version.ts";

/** What is known of EMQX's API just now; times in Unix milliseconds. */
export interface ReachState {
  /** `undefined` until it was asked for the first time. */
  reachable: boolean | undefined;
  /** Since when it is so. */
  since: number;
  /** The lowest of its nodes, e.g. `5.8.0`; the last that was seen. */
  version?: string;
  nodes?: number;
  /** Why it cannot be used, and what to do. */
  problem?: string;
}

export interface EmqxReachParts {
  client: Pick<ManagementClient, "get" | "url">;
  nowMs(): number;
  /**
   * EMQX answers: for the first time, again, or after a restart that nobody noticed otherwise.
   *
   * @param awaySince since when it did not, in Unix milliseconds; absent where it always did
   */
  onUp(awaySince?: number): void;
  /** Told, in one sentence, when it cannot be used: once. */
  onProblem(sentence: string): void;
  /** Told, in one sentence, when it can be used again. */
  onNews(sentence: string): void;
  /** Time between two looks while it answers, in milliseconds; default 10 s. */
  lookEveryMs?: number | undefined;
}

const lookEveryMs = { up: 10_000, down: 1000 } as const;

/** Problems that are EMQX's, or the way there, and no single call's. */
const away: ReadonlySet<ManagementProblem> = new Set([
  "unreachable",
  "timeout",
  "tls",
  "unauthorized",
  "forbidden",
  "not_emqx",
]);

/** Whether a call failed because EMQX cannot be used at all just now. */
export function isAway(error: unknown): error is ManagementError {
  if (!(error instanceof ManagementError)) return false;
  const isStarting = error.status === 502 || error.status === 503 || error.status === 504;
  return away.has(error.problem) || isStarting;
}

/** Whether EMQX's API can be used. Looks now and then, and learns from calls that fail. */
export class EmqxReach {
  readonly #parts: EmqxReachParts;
  #state: ReachState;
  #uptimes = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: EmqxReachParts) {
    this.#parts = parts;
    this.#state = { reachable: undefined, since: parts.nowMs() };
  }

  get state(): Readonly<ReachState> {
    return this.#state;
  }

  get isUp(): boolean {
    return this.#state.reachable === true;
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** A call failed as EMQX is away (`isAway`). Looks again in a moment. */
  failed(error: ManagementError): void {
    if (this.#closed) return;
    const problem = error.next === undefined ? error.message : `${error.message} Next: ${error.next}`;
    const wasUp = this.#state.reachable;
    if (wasUp !== false) {
      this.#state = { ...this.#state, reachable: false, since: this.#parts.nowMs(), problem };
      this.#parts.onProblem(`EMQX at ${this.#parts.client.url} cannot be told whom to cut: ${problem}`);
    } else this.#state = { ...this.#state, problem };
    this.#lookIn(lookEveryMs.down);
  }

  async #look(): Promise<void> {
    try {
      const { version, nodes } = await readVersion(this.#parts.client);
      if (this.#closed) return;
      const hasRestarted = nodes.some(({ name, uptimeMs }) => uptimeMs < (this.#uptimes.get(name) ?? 0));
      this.#uptimes = new Map(nodes.map(({ name, uptimeMs }) => [name, uptimeMs]));
      this.#isThere(version, nodes.length, hasRestarted);
      this.#lookIn(this.#parts.lookEveryMs ?? lookEveryMs.up);
    } catch (error) {
      if (this.#closed) return;
      // Whatever it answers: not to be asked for its version is not to be asked for anything.
      if (error instanceof ManagementError) this.failed(error);
      else this.#lookIn(lookEveryMs.down);
    }
  }

  #isThere(version: string, nodes: number, hasRestarted: boolean): void {
    const { reachable, since } = this.#state;
    this.#state = {
      reachable: true,
      since: reachable === true ? since : this.#parts.nowMs(),
      version,
      nodes,
    };
    if (reachable === false) this.#parts.onNews(`EMQX at ${this.#parts.client.url} answers again`);
    if (reachable === false) this.#parts.onUp(since);
    else if (reachable === undefined || hasRestarted) this.#parts.onUp();
  }

  #lookIn(ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }
}
