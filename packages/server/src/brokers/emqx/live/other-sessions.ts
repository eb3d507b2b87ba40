import type { ManagementClient } from "../management/management-client.ts";
import type { BanKey } from "./bans.ts";
import { clientsSince, clientsWithUsername } from "./clients-since.ts";

/** Client ids of one device that the registry keeps: one that has so many may be connected with older ones, too. */
const mostKept = 32;

export interface OtherSessionsParts {
  client: Pick<ManagementClient, "get">;
  deviceId: string;
  /** By what EMQX itself lets the device in, where it does. */
  key: BanKey | undefined;
  /** How many client ids are known. */
  known: number;
}

/**
 * Client ids a device is connected with that nobody noted: those it comes with by a token that EMQX binds to the user
 * name alone, and those that were given up as it had so many. Rejects with `ManagementError`.
 */
export async function otherSessions({ client, deviceId, key, known }: OtherSessionsParts): Promise<string[]> {
  const found = new Set<string>();
  if (key?.as === "username") {
    for await (const each of clientsWithUsername(client, key.who)) {
      // Another device that Connack let in may use the same user name.
      if (each.deviceId === undefined || each.deviceId === deviceId) found.add(each.clientId);
    }
  }
  if (known >= mostKept) {
    for await (const each of clientsSince(client, 0)) if (each.deviceId === deviceId) found.add(each.clientId);
  }
  return [...found];
}
