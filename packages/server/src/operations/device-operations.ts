import { setImmediate as nextTurn } from "node:timers/promises";
import { schemeNames } from "@connack/credentials";
import { z } from "zod";
import type { Device, DeviceStatus } from "../registry/device.ts";
import { deviceStatuses } from "../registry/device.ts";
import { addDevice, addDeviceInput } from "./add-device.ts";
import { attributesInput, fitTogether } from "./attributes-input.ts";
import { changeInTurn, entryNamed } from "./change-in-turn.ts";
import { checkKeyGeneration } from "./check-key-generation.ts";
import { deviceAdded, deviceChanged, statusChanged } from "./describe-change.ts";
import { type DeviceView, deviceView } from "./device-view.ts";
import { findDeviceOrFail } from "./find-device-or-fail.ts";
import { type Operation, OperationError, operation } from "./operation.ts";
import { passwordHashFrom, passwordInput } from "./password-input.ts";

const one = z.strictObject({ id: z.string() });

const list = operation({
  name: "device.list",
  role: "viewer",
  input: z.strictObject({
    status: z.enum(deviceStatuses).optional(),
    group: z.string().optional(),
    after: z.string().optional(),
    limit: z.int().min(1).max(1000).default(100),
  }),
  async run({ registry }, { status, group, after, limit }) {
    const query = {
      kind: "device" as const,
      limit,
      ...(status && { status }),
      ...(group !== undefined && { group }),
      ...(after !== undefined && { after }),
    };
    const devices = await registry.list(query);
    const next = devices.length === limit ? devices.at(-1)?.id : undefined;
    return { devices: await viewsOf(devices), ...(next !== undefined && { next }) };
  },
});

/** In several turns of the event loop: a thousand views take this thread milliseconds. */
async function viewsOf(devices: readonly Device[]): Promise<DeviceView[]> {
  const views: DeviceView[] = [];
  for (const [index, device] of devices.entries()) {
    if (index > 0 && index % 32 === 0) await nextTurn();
    views.push(deviceView(device));
  }
  return views;
}

const show = operation({
  name: "device.show",
  role: "viewer",
  input: one,
  run: async ({ registry }, { id }) => deviceView(await findDeviceOrFail(registry, id)),
});

/** A change of status: from which states it is possible, and what it leads to. */
function statusChange(name: string, from: readonly DeviceStatus[], to: DeviceStatus): Operation {
  return operation({
    name: `device.${name}`,
    role: "operator",
    input: one,
    async run({ registry }, { id }, changed) {
      const { id: found } = await findDeviceOrFail(registry, id);
      return changeInTurn(registry, entryNamed(found), async () => {
        const device = await findDeviceOrFail(registry, found);
        if (device.status === to) return deviceView(device);
        const after = await registry.setStatus(found, from, to);
        changed({ deviceId: found, detail: statusChanged(device.status, to) });
        return deviceView(after);
      });
    },
  }) as Operation;
}

const set = operation({
  name: "device.set",
  role: "operator",
  input: z.strictObject({
    id: z.string(),
    schemes: z.array(z.enum(schemeNames)).min(1).optional(),
    minKeyGeneration: z.int().min(0).optional(),
    group: z.string().min(1).max(128).nullable().optional(),
    attributes: attributesInput.optional(),
    clientIds: z.array(z.string().min(1).max(512)).max(32).optional(),
    password: passwordInput.optional(),
  }),
  async run({ registry, keyRing }, { id, password, ...rights }, changed) {
    const { id: found } = await findDeviceOrFail(registry, id);
    const hash = password && (await passwordHashFrom(password));
    return changeInTurn(registry, entryNamed(found), async () => {
      const device = await findDeviceOrFail(registry, found);
      checkKeyGeneration(keyRing, device, rights);
      const given = Object.fromEntries(Object.entries(rights).filter(([, value]) => value !== undefined));
      if (rights.attributes) given.attributes = mergedAttributes(device, rights.attributes);
      const after = await registry.setRights(found, { ...given, ...(hash && { passwordHash: hash.hash }) });
      // Those it was just seen with are not written yet: that is no change of whoever did this.
      const before = rights.clientIds === undefined ? { ...device, clientIds: after.clientIds } : device;
      changed({ deviceId: found, detail: deviceChanged(before, after, hash !== undefined) });
      return deviceView(after);
    });
  },
});

function mergedAttributes(device: Device, more: Device["attributes"]): Device["attributes"] {
  const attributes = { ...device.attributes, ...more };
  if (fitTogether(attributes)) return attributes;
  throw new OperationError("bad_input", "with those it has, the attributes are too long to be kept", "shorten them");
}

export const deviceOperations: readonly Operation[] = [
  operation({
    name: "device.add",
    role: "operator",
    input: addDeviceInput,
    change: (_input, { device }) => ({ deviceId: device.id, detail: deviceAdded(device) }),
    run: addDevice,
  }) as Operation,
  list as Operation,
  show as Operation,
  set as Operation,
  statusChange("approve", ["pending"], "active"),
  statusChange("enable", ["disabled"], "active"),
  statusChange("disable", ["active", "pending"], "disabled"),
  statusChange("revoke", ["active", "pending", "disabled"], "revoked"),
  statusChange("remove", ["active", "pending", "disabled", "revoked"], "removed"),
];
