import type { Json } from "../management/management-client.ts";

/** One call that changes EMQX. `body` may hold secrets. */
export interface ConfigurationRequest {
  method: "POST" | "PUT" | "DELETE";
  path: string;
  body?: Json;
}

/** One key that differs, e.g. `headers.authorization`; values are masked where they may be secret, ready for people. */
export interface Difference {
  key: string;
  from?: Json;
  to?: Json;
}

/** One thing that is done to EMQX; one request each, so that it is done or not done. */
export interface ConfigurationStep {
  kind: "add" | "change" | "enable" | "disable" | "reorder" | "remove";
  /** What a person calls it, e.g. `authenticator password_based:http`. */
  object: string;
  /** Why, in one sentence, where it does not explain itself. */
  why?: string;
  differences: Difference[];
  request: ConfigurationRequest;
}

/** Something an operator should know or decide; `name` is stable and has a paragraph in docs/brokers/emqx.md. */
export interface ConfigurationWarning {
  name: string;
  sentence: string;
  next: string;
}

/** From what EMQX is to what it should be, in an order that never opens the broker. Steps hold secrets: print with care. */
export interface ConfigurationPlan {
  steps: ConfigurationStep[];
  /** Objects of others that are left as they are. */
  untouched: string[];
  warnings: ConfigurationWarning[];
  /** Why it cannot be done as wanted; with any of these nothing may be applied. */
  conflicts: ConfigurationWarning[];
}
