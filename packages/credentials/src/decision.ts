import type { AclRule, Qos } from "./acl.ts";
import type { SchemeName } from "./credential-scheme.ts";
import type { DenyReason } from "./deny-reason.ts";

/** The device may connect, as whom, with which rights, and until when. */
export interface AllowDecision {
  result: "allow";
  deviceId: string;
  scheme: SchemeName;
  /** Id of the key that proved the credential; absent where no key of ours was involved. */
  keyId?: string;
  acl: AclRule[];
  /** Filters the broker has to subscribe to for the device: xiaozhi firmware never sends SUBSCRIBE. */
  subscriptions?: readonly { topic: string; qos: Qos }[];
  /** Client attributes for the broker. Values are always strings: EMQX 5.8 refuses the client otherwise. */
  clientAttrs: Record<string, string>;
  /** Unix seconds at which the broker has to cut the connection. */
  expireAtSeconds?: number;
  token?: TokenTimes;
}

/** What a token whose signature was good says of time: Unix seconds. For the operator's eyes. */
export interface TokenTimes {
  iat?: number;
  nbf?: number;
  exp?: number;
}

/** The device may not connect. `reason` and `detail` are for the operator, never for the peer, never a secret. */
export interface DenyDecision {
  result: "deny";
  reason: DenyReason;
  detail: string;
  hints: Hint[];
  /** What the peer claimed or proved, as far as the decision got. */
  scheme?: SchemeName;
  /** Proven identity: absent while it is only a claim. */
  deviceId?: string;
  /** Whom the peer only said to be; nothing proves it. */
  claimedId?: string;
  token?: TokenTimes;
}

export type Decision = AllowDecision | DenyDecision;

/** Something worth knowing beside the reason. Given only after a good signature: a stranger learns nothing from it. */
export interface Hint {
  code: HintCode;
  /** One sentence for the operator. */
  text: string;
}

export type HintCode =
  | "expired_ago"
  | "clock_never_set"
  | "clock_time_zone"
  | "clock_milliseconds"
  | "clock_offset"
  | "own_clock_suspected"
  | "weak_key";
