import type { ConfigurationWarning } from "../configure/configuration-step.ts";
import type { ProbeResult } from "../management/probe-connack.ts";
import type { EmqxVersion } from "../management/read-version.ts";

/** `connected`, `disconnected`, `connecting`, `inconsistent` (nodes differ), `stopped`; `disabled` where it is off. */
export type ResourceState = string;

export interface AuthenticatorStatus {
  id: string;
  /** It asks Connack. */
  isOurs: boolean;
  state: ResourceState;
  /** Logins since the node started, on all nodes. */
  letIn: number;
  refused: number;
  /** No answer that decides: not a client of this one, a time-out, an error, or an answer nobody understands. */
  passedOn: number;
}

export interface SourceStatus {
  type: string;
  state: ResourceState;
  allowed: number;
  denied: number;
  passedOn: number;
}

export interface ListenerStatus {
  id: string;
  bind: string;
  isRunning: boolean;
  clients: number;
  /** `quick_deny_anonymous` refuses clients without user name before anybody is asked. */
  authentication: boolean | "quick_deny_anonymous";
}

/** Whether Connack is told what happens: what EMQX sends came through, did not, or there was nothing to send yet. */
export type EventFlow = "off" | "not set up" | "nothing yet" | "flowing" | "partly" | "not arriving";

export interface EventStatus {
  flow: EventFlow;
  connector?: ResourceState;
  action?: ResourceState;
  /** Of our rules, since the node started. */
  matched: number;
  delivered: number;
  failed: number;
  /** Left out as the buffer was full, or too old. */
  dropped: number;
  /** Wait to be sent. */
  queued: number;
}

/** What a running EMQX says of itself, as far as Connack is concerned. Holds no secret. */
export interface EmqxStatus {
  url: string;
  version: EmqxVersion;
  clients: number;
  /** Our authenticator decides, and nothing lets everybody in. */
  ok: boolean;
  chain: AuthenticatorStatus[];
  noMatch: string;
  denyAction: string;
  sources: SourceStatus[];
  listeners: ListenerStatus[];
  autoSubscribe: string[];
  events: EventStatus;
  connackUrl: string;
  /** Whether EMQX reaches it; absent where it could not be asked. */
  probe?: ProbeResult;
  warnings: ConfigurationWarning[];
  conflicts: ConfigurationWarning[];
}
