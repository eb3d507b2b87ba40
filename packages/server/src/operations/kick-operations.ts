import { z } from "zod";
import { connectionsEnded, counted } from "./describe-change.ts";
import { findDeviceOrFail } from "./find-device-or-fail.ts";
import { kickDevice, kickGroup } from "./kick-connections.ts";
import { type Operation, OperationError, operation } from "./operation.ts";

/** What a kick did: the connections that were ended, of how many devices. */
export interface Kicked {
  id?: string;
  group?: string;
  ended: number;
  devices: number;
}

const kick = operation({
  name: "device.kick",
  role: "operator",
  /** Of the two one. */
  input: z.strictObject({ id: z.string().optional(), group: z.string().min(1).max(256).optional() }),
  change: (_input, { id, group, ended, devices }) => {
    if (ended === 0) return undefined;
    if (id !== undefined) return { deviceId: id, detail: connectionsEnded(ended) };
    return { detail: `group ${group}: ${connectionsEnded(ended)}, of ${counted(devices, "device")}` };
  },
  async run(house, { id, group }): Promise<Kicked> {
    if ((id === undefined) === (group === undefined)) {
      throw new OperationError("bad_input", "whom to kick: one device, or the devices of one group?");
    }
    if (group !== undefined) return { group, ...(await kickGroup(house, group)) };
    const device = await findDeviceOrFail(house.registry, id ?? "");
    const ended = await kickDevice(house, device);
    return { id: device.id, ended, devices: ended > 0 ? 1 : 0 };
  },
});

export const kickOperations: readonly Operation[] = [kick as Operation];
