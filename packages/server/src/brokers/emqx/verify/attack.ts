import type { Lane } from "./lane.ts";
import type { LentKind } from "./loan.ts";

export const attackGroups = ["let in", "refused", "rights", "xiaozhi", "connack"] as const;
export type AttackGroup = (typeof attackGroups)[number];

/**
 * What came of an attack. `let through`: something got in, or got to know or to say what it must not. `broken`: something
 * that is allowed does not work. Only `held` is a proof.
 */
export type AttackState = "held" | "let through" | "broken" | "not tried";

export interface Outcome {
  state: AttackState;
  /** What was seen, in a few words; why it was not tried. */
  seen: string;
  /** In place of the attack's own, where what was seen tells more. */
  means?: string;
  fix?: string;
  /** Not tried, though it should have been possible. */
  isUnproven?: true;
}

/** One way to prove the broker right, by doing what somebody might do. */
export interface Attack {
  /** As it is named on the command line. */
  name: string;
  group: AttackGroup;
  /** What is tried, in a line. */
  title: string;
  /** What a right broker does, in a few words. */
  expected: string;
  /** What it means when it is otherwise, in one sentence. */
  means: string;
  /** What to do then. */
  fix: string;
  /**
   * What it is tried with: each of these kinds of device that can be lent; `routes`: one kind for each place that rights
   * come from; nothing: once, and the attack chooses.
   */
  with: readonly LentKind[] | "routes" | "once";
  /** May throw `NotTried`. */
  run(lane: Lane, kind: LentKind): Promise<Outcome>;
}

/** Thrown where an attack cannot be carried out; the message says why. Never a proof of anything. */
export class NotTried extends Error {
  override name = "NotTried";
}

/** The same where it should have been possible: the run proves less than it was to prove. */
export class Unproven extends NotTried {
  override name = "Unproven";
}

export const held = (seen: string): Outcome => ({ state: "held", seen });
export const letThrough = (seen: string, more: Partial<Outcome> = {}): Outcome => ({
  ...more,
  state: "let through",
  seen,
});
export const broken = (seen: string, more: Partial<Outcome> = {}): Outcome => ({ ...more, state: "broken", seen });
