import { deny } from "../authn/deny.ts";
import type { BrokerAdapter, CallbackReply } from "../brokers/broker-adapter.ts";
import { emqxDeny } from "../brokers/emqx/adapter.ts";

export interface DenyForOptions {
  adapters: readonly BrokerAdapter[];
  /**
   * Status of a refusal outside `/brokers/`: 200 for EMQX 5, 401 for callers that look at the status only. Read for each
   * refusal.
   */
  readonly denyStatus: 200 | 401;
}

/**
 * How a refusal on `path` is written: below `/brokers/<name>/` in that broker's dialect, everywhere else with the
 * configured status. Every refusal of the listener goes through here: one left out is an "allow" to somebody.
 */
export function createDenyFor(options: DenyForOptions): (path: string) => CallbackReply {
  const refused = deny("malformed_request", "");
  const dialects = new Map(options.adapters.map((adapter) => [adapter.name, adapter.formatAuthnResponse(refused, 0)]));
  const plain = { 200: { ...emqxDeny, status: 200 }, 401: { ...emqxDeny, status: 401 } };
  return (path) => {
    const name = /^\/brokers\/([^/]*)/.exec(path)?.[1];
    return name === undefined ? plain[options.denyStatus] : (dialects.get(name) ?? emqxDeny);
  };
}
