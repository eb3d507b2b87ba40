import type { ManagementClient } from "../management/management-client.ts";
import { type ConnectedClient, clientsSince } from "./clients-since.ts";
import type { Standing } from "./put-in-line.ts";

export interface CatchUpParts {
  client: Pick<ManagementClient, "get">;
  standingOf(deviceId: string): Promise<Standing>;
  /** The device behind a client that came in without our answer. */
  deviceOf(clientId: string): string | undefined;
  /** A device that may not connect is connected. */
  onRefused(deviceId: string, clientId: string): void;
  /** A device that may connect is connected. */
  onSeen(deviceId: string, client: ConnectedClient): void;
}

/** Clocks of EMQX and Connack may be apart by this, and what is noted in memory only is written within seconds. */
const lookBackMs = 70_000;

/**
 * Looks at who connected just before the process before this one ended, and since: that they did may have been in its
 * memory only, and nobody else knows those client ids.
 *
 * @param lastAlive when it ran last, in Unix milliseconds
 * @returns false where nobody can tell just now what one of them may
 */
export async function catchUp(lastAlive: number, parts: CatchUpParts): Promise<boolean> {
  let isWhole = true;
  for await (const connected of clientsSince(parts.client, lastAlive - lookBackMs)) {
    const { clientId } = connected;
    const deviceId = connected.deviceId ?? parts.deviceOf(clientId);
    if (deviceId === undefined) continue;
    const { may, isAway = false } = await parts.standingOf(deviceId);
    if (isAway) isWhole = false;
    else if (may === "not connect") parts.onRefused(deviceId, clientId);
    else if (may === "connect") parts.onSeen(deviceId, connected);
  }
  return isWhole;
}
