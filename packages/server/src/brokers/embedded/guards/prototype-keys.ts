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

/**
 * A SUBSCRIBE with several filters goes through one more plain object, out of reach, to drop repeated ones. There
 * `__proto__` makes aedes take the members of its filter for filters, and the process ends. The name put in its place
 * begins with `$` and is denied, in its place in the SUBACK.
 */
export function renamePrototypeFilters(packet: { cmd?: unknown; subscriptions?: unknown }): void {
  if (packet.cmd !== "subscribe" || !Array.isArray(packet.subscriptions)) return;
  for (const filter of packet.subscriptions as { topic?: unknown }[]) {
    if (filter.topic === "__proto__") filter.topic = "$__proto__";
  }
}
