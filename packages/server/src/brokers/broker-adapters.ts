import type { BrokerAdapter } from "./broker-adapter.ts";
import { emqxAdapter } from "./emqx/adapter.ts";

/** Every broker whose HTTP dialect we speak. `/brokers/<name>/authn` exists for each, and `/events` for those that tell. */
export const brokerAdapters: readonly BrokerAdapter[] = [emqxAdapter];
