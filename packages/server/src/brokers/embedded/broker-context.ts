import type { ConnectRequest, Decision } from "@connack/credentials";
import type { Connections } from "./connections.ts";
import type { EmbeddedBrokerLimits } from "./embedded-broker-limits.ts";
import type { Reporter } from "./reporter.ts";
import type { Sessions } from "./sessions.ts";
import type { StaleDecisions } from "./stale-decisions.ts";

/** What becomes of a client that publishes or subscribes to what it may not: EMQX's `authorization.deny_action`. */
export type DenyAction = "ignore" | "disconnect";

/** What the parts of one embedded broker share. */
export interface BrokerContext {
  readonly limits: EmbeddedBrokerLimits;
  readonly nowMs: () => number;
  readonly decideConnect: (request: ConnectRequest) => Promise<Decision>;
  /** May change while the broker runs. */
  denyAction: DenyAction;
  readonly connections: Connections;
  readonly reporter: Reporter;
  readonly staleDecisions: StaleDecisions;
  readonly sessions: Sessions;
  /** Filters that `authorizeSubscribe` granted, by the object that aedes passes around. */
  readonly grantedFilters: WeakSet<object>;
}
