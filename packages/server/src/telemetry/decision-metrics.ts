import { type Decision, denyReasons, schemeNames } from "@connack/credentials";
import { type StepName, stepNames } from "../authn/decide-connect.ts";
import { brokerAdapters } from "../brokers/broker-adapters.ts";
import type { DecisionEvent } from "../http/authn-route.ts";
import { Histogram, histogramsOf } from "./histogram.ts";
import { LabelCounts, otherValue } from "./label-counts.ts";
import type { Exposition } from "./metrics/exposition.ts";

/** In place of a scheme or reason where there is none. */
const none = "none";

/** The dialects we speak, `embedded`, and `http` for what was no question of any. */
const brokers = ["embedded", "http", ...brokerAdapters.map(({ name }) => name)];
const reasons = Object.keys(denyReasons);

/** A decision takes 20 microseconds, a password 50 milliseconds, a queue of them seconds. */
const decisionBounds = [
  0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
const stepBounds = [
  0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.0001, 0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

/** More keys than this are not told apart: a ring has a handful. */
const mostKeys = 1000;

type Times = Record<Decision["result"], Histogram>;

/** What the request path counts: everything is prepared, and a decision costs a few look-ups. */
export class DecisionMetrics {
  readonly #decisions = new LabelCounts(brokers, [...schemeNames, none], [...reasons, none]);
  readonly #times = new Map<string, Times>(brokers.map((broker) => [broker, newTimes()]));
  readonly #otherTimes = newTimes();
  readonly #steps = histogramsOf(stepNames, stepBounds);
  readonly #keyLogins = new Map<string, number>();
  readonly #denials = new LabelCounts(brokers, ["publish", "subscribe"], reasons);

  decided({ broker, decision, latencyMs }: DecisionEvent): void {
    const reason = decision.result === "allow" ? none : decision.reason;
    this.#decisions.add(broker, decision.scheme ?? none, reason);
    (this.#times.get(broker) ?? this.#otherTimes)[decision.result].observe(latencyMs / 1000);
    if (decision.result === "allow" && decision.keyId !== undefined) this.#loggedIn(decision.keyId);
  }

  stepTook(step: StepName, seconds: number): void {
    this.#steps.get(step)?.observe(seconds);
  }

  topicDenied(broker: string, type: string, reason: string): void {
    this.#denials.add(broker, type, reason);
  }

  /** @param keys the ids of the ring: what is counted for others is forgotten */
  collect(keys: readonly string[], out: Exposition): void {
    for (const [broker, scheme, reason, count] of this.#decisions.entries()) {
      const result = reason === none ? "allow" : "deny";
      out.set("connack_decisions_total", count, { broker, scheme, result, reason });
    }
    for (const [broker, times] of this.#times) collectTimes(broker, times, out);
    if (this.#otherTimes.allow.count + this.#otherTimes.deny.count > 0) collectTimes(otherValue, this.#otherTimes, out);
    for (const [step, histogram] of this.#steps) {
      out.histogram("connack_decision_step_seconds", histogram, { step: step.replaceAll(" ", "_") });
    }
    for (const [broker, type, reason, count] of this.#denials.entries()) {
      out.set("connack_topic_denials_total", count, { broker, type, reason });
    }
    const known = new Set(keys);
    for (const key of this.#keyLogins.keys()) if (!known.has(key)) this.#keyLogins.delete(key);
    for (const key of known) out.set("connack_key_logins_total", this.#keyLogins.get(key) ?? 0, { key });
  }

  #loggedIn(keyId: string): void {
    const logins = this.#keyLogins.get(keyId);
    if (logins !== undefined || this.#keyLogins.size < mostKeys) this.#keyLogins.set(keyId, (logins ?? 0) + 1);
  }
}

function newTimes(): Times {
  return { allow: new Histogram(decisionBounds), deny: new Histogram(decisionBounds) };
}

function collectTimes(broker: string, times: Times, out: Exposition): void {
  for (const result of ["allow", "deny"] as const) {
    out.histogram("connack_decision_seconds", times[result], { broker, result });
  }
}
