import type { Device } from "../../registry/device.ts";

/** A device as it stands in the registry. */
export function deviceCalled(id: string, more: Partial<Device> = {}): Device {
  return {
    id,
    kind: "device",
    status: "active",
    schemes: ["jwt"],
    minKeyGeneration: 0,
    attributes: {},
    rules: [],
    clientIds: [],
    createdAt: 1000,
    ...more,
  };
}
