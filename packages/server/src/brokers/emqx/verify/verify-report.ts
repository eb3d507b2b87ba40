import type { AttackGroup, AttackState } from "./attack.ts";
import type { ForeignAuthenticator } from "./foreign-authenticators.ts";
import type { UntriedListener } from "./listener-target.ts";
import type { LentKind } from "./loan.ts";
import type { Leftovers } from "./remove-leftovers.ts";

/** One attack on one listener with one version of MQTT and one kind of device. */
export interface AttackResult {
  attack: string;
  group: AttackGroup;
  title: string;
  /** Absent where the attack is tried once, with whatever there is. */
  kind?: LentKind;
  /** As `name` of a listener. */
  listener: string;
  mqtt: "3.1.1" | "5";
  expected: string;
  state: AttackState;
  /** What was seen, or why it was not tried. */
  seen: string;
  /** Not tried, though it should have been possible: `ok` is false for it. */
  isUnproven?: true;
  /** Set where it is not as expected. */
  means?: string;
  fix?: string;
  ms: number;
}

export interface VerifyReport {
  /**
   * Whether nothing was let through, nothing is broken, and all was tried that can be tried as it is configured; at each listener
   * that was named, or else at each that is reached.
   */
  ok: boolean;
  /** Set when it was interrupted: what is here is a part. */
  interrupted?: true;
  listeners: { name: string; url: string }[];
  /** Listeners that were not attacked, and those that do not answer. */
  untried: UntriedListener[];
  /** Who else lets clients in; empty where no API could be asked. No attack shows it, so `ok` does not speak of it. */
  others: ForeignAuthenticator[];
  /** Of an earlier run that was killed. */
  leftovers: Leftovers;
  counts: Record<AttackState, number>;
  results: AttackResult[];
  cleanup: {
    /** Throw-away devices and services that were given back. */
    devices: number;
    /** Topics where a retained message was cleared, in case one was kept. */
    retained: number;
    /** Sessions that were ended. */
    sessions: number;
    problems: string[];
  };
  seconds: number;
}

/** How many came out how. */
export function countStates(results: readonly Pick<AttackResult, "state">[]): Record<AttackState, number> {
  const counts: Record<AttackState, number> = { held: 0, "let through": 0, broken: 0, "not tried": 0 };
  for (const { state } of results) counts[state]++;
  return counts;
}
