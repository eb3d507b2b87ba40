import { schemeNames } from "@connack/credentials";
import { z } from "zod";
import type { DeviceStatus } from "../registry/device.ts";
import { deviceStatuses } from "../registry/device.ts";
import { addDevice, addDeviceInput } from "./add-device.ts";
import { attributesInput } from "./attributes-input.ts";
import { deviceView } from "./device-view.ts";
import { findDeviceOrFail } from "./find-device-or-fail.ts";
import { type Operation, operation } from "./operation.ts";
import { passwordHashFrom, passwordInput } from "./password-input.ts";

const one = z.strictObject({ id: z.string() });

const list = operation({
  name: "device.list",
  input: z.strictObject({
    status: z.enum(deviceStatuses).optional(),
    group: z.string().optional(),
    after: z.string().optional(),
    limit: z.int().min(1).max(1000).default(100),
  }),
  async run({ registry }, { status, group, after, limit }) {
    const query = {
      limit,
      ...(status && { status }),
      ...(group !== undefined && { group }),
      ...(after !== undefined && { after }),
    };
    const devices = await registry.list(query);
    const next = devices.length === limit ? devices.at(-1)?.id : undefined;
    return { devices: devices.map(deviceView), ...(next !== undefined && { next }) };
  },
});

const show = operation({
  name: "device.show",
  input: one,
  run: async ({ registry }, { id }) => deviceView(await findDeviceOrFail(registry, id)),
});

/** A change of status: from which states it is possible, and what it leads to. */
function statusChange(name: string, from: readonly DeviceStatus[], to: DeviceStatus): Operation {
  return operation({
    name: `device.${name}`,
    input: one,
    async run({ registry }, { id }) {
      const device = await findDeviceOrFail(registry, id);
      return deviceView(device.status === to ? device : await registry.setStatus(device.id, from, to));
    },
  }) as Operation;
}

const set = operation({
  name: "device.set",
  input: z.strictObject({
    id: z.string(),
    schemes: z.array(z.enum(schemeNames)).min(1).optional(),
    minKeyGeneration: z.int().min(0).optional(),
    group: z.string().min(1).max(128).nullable().optional(),
    attributes: attributesInput.optional(),
    clientIds: z.array(z.string().min(1).max(512)).max(32).optional(),
    password: passwordInput.optional(),
  }),
  async run({ registry }, { id, password, ...rights }) {
    const device = await findDeviceOrFail(registry, id);
    const given = Object.fromEntries(Object.entries(rights).filter(([, value]) => value !== undefined));
    if (rights.attributes) given.attributes = { ...device.attributes, ...rights.attributes };
    const hash = password && (await passwordHashFrom(password));
    return deviceView(await registry.setRights(device.id, { ...given, ...(hash && { passwordHash: hash.hash }) }));
  },
});

export const deviceOperations: readonly Operation[] = [
  operation({ name: "device.add", input: addDeviceInput, run: addDevice }) as Operation,
  list as Operation,
  show as Operation,
  set as Operation,
  statusChange("approve", ["pending"], "active"),
  statusChange("enable", ["disabled"], "active"),
  statusChange("disable", ["active", "pending"], "disabled"),
  statusChange("revoke", ["active", "pending", "disabled"], "revoked"),
  statusChange("remove", ["active", "pending", "disabled", "revoked"], "removed"),
];
