import type { AedesInternals, ClientInternals } from "../aedes-internals.ts";

/**
 * aedes keeps clients under their ids in a plain object, where `constructor` and `__proto__` are always there already:
 * a client with such an id ends the process (GHSA-52qw-whmv-87c5, fixed in 1.2.0).
 */
export function freeBrokerOfPrototypes(aedes: AedesInternals): void {
  aedes.clients = Object.create(null);
  aedes.brokers = Object.create(null);
}

/** The same for a client's subscriptions, kept under their filters. */
export function freeClientOfPrototypes(client: ClientInternals): void {
  client.subscriptions = Object.create(null);
}
