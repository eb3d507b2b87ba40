import { schemeNames } from "@connack/credentials";
import { explainIdentity } from "@connack/credentials/verify";
import { z } from "zod";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { attributesInput } from "./attributes-input.ts";
import { type DeviceView, deviceView } from "./device-view.ts";
import { isService } from "./find-device-or-fail.ts";
import { macFromPerson } from "./mac-from-person.ts";
import { OperationError } from "./operation.ts";
import { passwordHashFrom, passwordInput } from "./password-input.ts";

export const addDeviceInput = z.strictObject({
  id: z.string().min(1).max(256),
  schemes: z.array(z.enum(schemeNames)).min(1).default(["jwt"]),
  status: z.enum(["active", "pending"]).default("active"),
  group: z.string().min(1).max(128).optional(),
  attributes: attributesInput.default({}),
  clientIds: z.array(z.string().min(1).max(512)).max(32).default([]),
  password: passwordInput.optional(),
});

export interface AddedDevice {
  device: DeviceView;
  /** The password that was made for it: shown this once. */
  password?: string;
}

/** Adds a device. One that may use passwords gets one: the given one, or a random one that is shown once. */
export async function addDevice(house: House, input: z.infer<typeof addDeviceInput>): Promise<AddedDevice> {
  const id = deviceIdFor(input.id, input.schemes);
  const wantsPassword = input.schemes.includes("password");
  if (input.password && !wantsPassword) {
    throw new OperationError(
      "scheme_mismatch",
      "a password was given, but the device may not use passwords",
      "add --scheme password",
    );
  }
  const password = wantsPassword ? await passwordHashFrom(input.password ?? { generate: true }) : undefined;
  const existing = await house.registry.find(id);
  if (existing?.kind === "service" && existing.status !== "removed") throw isService(id);
  const device: Device = await house.registry.add({
    id,
    status: input.status,
    schemes: [...new Set(input.schemes)],
    attributes: input.attributes,
    clientIds: input.clientIds,
    createdAt: house.nowMs(),
    ...(input.group !== undefined && { group: input.group }),
    ...(password && { passwordHash: password.hash }),
  });
  return { device: deviceView(device), ...(password?.password !== undefined && { password: password.password }) };
}

/** xiaozhi devices are known by their MAC, written in one form. */
function deviceIdFor(id: string, schemes: readonly string[]): string {
  // What no credential can prove could never connect.
  const problem = explainIdentity(id);
  if (problem !== undefined) {
    throw new OperationError("bad_device_id", `the device id is ${problem}`, "choose a printable name");
  }
  if (!schemes.includes("xiaozhi-hmac") && !schemes.includes("xiaozhi-unsigned")) return id;
  const mac = macFromPerson(id);
  if (mac === undefined) {
    throw new OperationError(
      "bad_device_id",
      `${JSON.stringify(id)} is not a MAC address`,
      "xiaozhi devices are known by their MAC, e.g. aa:bb:cc:dd:ee:ff",
    );
  }
  return mac;
}
