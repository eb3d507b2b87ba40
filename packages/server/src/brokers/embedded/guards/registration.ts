import type { Client } from "aedes";
import type { AedesInternals } from "../aedes-internals.ts";

/** What the guard has to know of the connections. */
export interface Registrations {
  /** Whether the first client was admitted after the second. */
  isNewer(client: Client, than: Client): boolean;
  /** Ends the client: another one with its id stays. */
  end(client: Client): void;
}

/**
 * aedes registers and forgets clients by their id alone. While one client takes over from another, a third with the
 * same id, or the late end of the first, removes the wrong one from its list: two connected clients with one id, or
 * one that nobody finds. Here the newest stays, a client removes only itself, and one that closed in the meantime is
 * not registered at all.
 */
export function registerByIdentity(aedes: AedesInternals, registrations: Registrations): void {
  const unregister = aedes.unregisterClient.bind(aedes);
  const scheduleExpiry = aedes.scheduleSessionExpiry.bind(aedes);
  const scheduleWill = aedes.scheduleWill.bind(aedes);
  const isReplaced = (client: Client) => {
    const holder = aedes.clients[client.id];
    return holder !== undefined && holder !== client;
  };

  aedes.registerClient = (client) => {
    if (client.closed) return;
    const holder = aedes.clients[client.id];
    if (holder !== undefined && registrations.isNewer(holder, client)) {
      registrations.end(client);
      return;
    }
    if (holder !== undefined) {
      registrations.end(holder);
      aedes.deleteClient(client.id);
    }
    aedes._finishRegisterClient(client);
  };
  aedes.unregisterClient = (client) => {
    if (!isReplaced(client)) unregister(client);
  };
  // The session, and the wait for the will, go on with the client that took over [MQTT-3.1.3-9].
  aedes.scheduleSessionExpiry = (client) => {
    if (!isReplaced(client)) scheduleExpiry(client);
  };
  aedes.scheduleWill = (client, will, delaySeconds) => {
    if (!isReplaced(client)) scheduleWill(client, will, delaySeconds);
  };
}
