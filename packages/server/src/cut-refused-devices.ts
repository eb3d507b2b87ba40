import type { EmbeddedBroker } from "./brokers/embedded/embedded-broker.ts";
import type { CachedRegistry } from "./registry/cached-registry.ts";
import type { DeviceStatus } from "./registry/device.ts";
import { StoreUnavailable } from "./registry/device-registry.ts";

/**
 * A device that is revoked, disabled or removed, or may no longer use what it came with, loses its connection at once.
 * Returns the way to stop.
 */
export function cutRefusedDevices(registry: CachedRegistry, broker: Pick<EmbeddedBroker, "kickDevice">): () => void {
  return registry.onChange(({ id, kind }) => {
    if (kind === "removed") broker.kickDevice(id, "removed");
    else if (kind === "rights") broker.kickDevice(id, "moved");
    else if (kind === "status") void cutByStatus(id);
  });

  async function cutByStatus(id: string): Promise<void> {
    const status = await statusOf(id);
    if (status === "active") return;
    // Not being able to tell is no reason to keep a connection whose status has just changed.
    broker.kickDevice(id, status === "disabled" || status === "removed" ? status : "revoked");
  }

  /** `undefined` when the store is away, which its health tells. */
  async function statusOf(id: string): Promise<DeviceStatus | undefined> {
    try {
      return (await registry.find(id))?.status;
    } catch (error) {
      if (error instanceof StoreUnavailable) return undefined;
      throw error;
    }
  }
}
