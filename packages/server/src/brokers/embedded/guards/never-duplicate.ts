import type { ClientInternals } from "../aedes-internals.ts";

/** Remembers nothing: every message is new. */
const nothing = new Proxy<Record<string, number>>(
  {},
  { get: () => 0, set: () => true, deleteProperty: () => true, has: () => false },
);

/**
 * aedes drops a message whose number is below the last one delivered, taking it for a copy. A QoS 0 message overtakes
 * a QoS 1 message of the same moment, and the QoS 1 message is lost. Without the check a client with overlapping
 * filters gets a copy for each, which MQTT allows (§3.3.4).
 */
export function neverTakeForDuplicate(client: ClientInternals): void {
  client.duplicates = nothing;
}
