import type { AclRule, TopicRequest } from "./acl.ts";
import type { DenyReason } from "./deny-reason.ts";

/** "May this client do this with this topic?", as a broker asks about one publish or one filter. */
export interface TopicQuestion {
  /** The identity the broker was told at authentication; never worked out from the client id. */
  deviceId: string;
  clientId: string;
  username: string;
  /** Client attributes the broker was told at authentication, as far as it sends them back. */
  attributes: Readonly<Record<string, string>>;
  request: TopicRequest;
}

/** The answer. `rule` and `from` name what decided; `detail` is for the operator only. */
export type TopicDecision =
  | { result: "allow"; deviceId: string; rule: AclRule; from: string }
  | { result: "deny"; deviceId: string; reason: DenyReason; detail: string; rule?: AclRule; from?: string };
