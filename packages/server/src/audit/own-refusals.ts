/** How long a broker may take to tell what came of our answer: EMQX tries again for 45 s. */
const forgetAfterMs = 60_000;

/** Refusals in one generation; two are kept, each for up to `forgetAfterMs`. */
const mostInGeneration = 5_000;

/**
 * Tells the refusal that a broker reports and that was our own decision, which has an event already, from the one it
 * made by itself. A broker that asked us reports the CONNACK after our answer, once for each; of what is forgotten
 * meanwhile, or was decided by another Connack of the same broker, the event is kept: twice is better than never.
 */
export class OwnRefusals {
  readonly #nowMs: () => number;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  #since: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#since = nowMs();
  }

  /** We refused a CONNECT with this client id. */
  note(clientId: string): void {
    this.#forget();
    this.#recent.set(clientId, (this.#recent.get(clientId) ?? 0) + 1);
  }

  /** Whether a refusal of this client id was ours; each counts once. */
  take(clientId: string): boolean {
    this.#forget();
    return takeFrom(this.#older, clientId) || takeFrom(this.#recent, clientId);
  }

  #forget(): void {
    const age = this.#nowMs() - this.#since;
    if (age >= 0 && age < forgetAfterMs && this.#recent.size < mostInGeneration) return;
    this.#older = age >= 0 && age < 2 * forgetAfterMs ? this.#recent : new Map();
    this.#recent = new Map();
    this.#since = this.#nowMs();
  }
}

function takeFrom(counts: Map<string, number>, clientId: string): boolean {
  const count = counts.get(clientId);
  if (count === undefined) return false;
  if (count === 1) counts.delete(clientId);
  else counts.set(clientId, count - 1);
  return true;
}
