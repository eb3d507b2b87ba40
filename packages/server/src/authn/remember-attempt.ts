import type { ConnectRequest, Decision } from "@connack/credentials";
import type { CachedRegistry } from "../registry/cached-registry.ts";
import type { Sighting } from "../registry/device-registry.ts";

/**
 * What an attempt leaves on the device: last seen, last address, last refusal, the client id it used. Only noted here
 * and written later in batches. A name that is only claimed is noted when we know it already, so that invented names
 * take no room.
 */
export function createRememberAttempt(registry: Pick<CachedRegistry, "peek" | "noteSighting">, nowMs: () => number) {
  return (request: ConnectRequest, decision: Decision, claimed?: string): void => {
    const deviceId = decision.deviceId ?? claimed;
    if (deviceId === undefined || deviceId === "") return;
    if (decision.deviceId === undefined && !registry.peek(deviceId)?.device) return;
    const sighting: Sighting = { deviceId, at: nowMs() };
    if (request.peerHost !== undefined) sighting.address = request.peerHost;
    if (decision.result === "deny") sighting.refusal = decision.reason;
    else if (!request.clientIdAssigned) sighting.clientId = request.clientId;
    registry.noteSighting(sighting);
  };
}
