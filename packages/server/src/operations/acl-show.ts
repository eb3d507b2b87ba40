import { schemeNames } from "@connack/credentials";
import { z } from "zod";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { type EffectiveRights, effectiveRights } from "./acl-effective.ts";
import { findDeviceOrService } from "./acl-find.ts";
import { OperationError } from "./operation.ts";

/** Whose rights, and with what it connects where that matters. */
export const whoInput = {
  id: z.string().min(1).max(256),
  scheme: z.enum(schemeNames).optional(),
  clientId: z.string().min(1).max(512).optional(),
  username: z.string().max(2048).optional(),
};

export const showAclInput = z.strictObject(whoInput);

export interface ShownRights extends EffectiveRights {
  id: string;
  kind: Device["kind"];
  status: Device["status"];
  /** Schemes it may use; rights may differ between them. */
  schemes: Device["schemes"];
  notes: string[];
}

/** The rights of a device or service as a CONNECT would get them, each with its origin. */
export async function showAcl(house: House, { id, ...asked }: z.infer<typeof showAclInput>): Promise<ShownRights> {
  const device = await findDeviceOrService(house.registry, id);
  checkScheme(device, asked.scheme);
  return shownRights(house, device, asked);
}

export function shownRights(
  house: Pick<House, "resolveRights">,
  device: Device,
  asked: Omit<z.infer<typeof showAclInput>, "id"> = {},
): ShownRights {
  const { id, kind, status, schemes } = device;
  const rights = effectiveRights(house.resolveRights, device, asked);
  return { id, kind, status, schemes, ...rights, notes: notesOn(device, rights) };
}

/** Throws `scheme_not_allowed` for one that it may not use. */
export function checkScheme({ id, schemes, kind }: Device, scheme: Device["schemes"][number] | undefined): void {
  if (scheme === undefined || schemes.includes(scheme)) return;
  throw new OperationError(
    "scheme_not_allowed",
    `${kind} ${JSON.stringify(id)} may not use ${scheme}, only ${schemes.join(" and ") || "nothing"}`,
    "leave --scheme out",
  );
}

function notesOn(device: Device, { scheme, rules, profile }: EffectiveRights): string[] {
  const notes: string[] = [];
  if (device.status !== "active") notes.push(`It can do nothing now: it is ${device.status}.`);
  if (device.schemes.length > 1) {
    const others = device.schemes.filter((each) => each !== scheme);
    notes.push(`These are its rights with ${scheme}. It may also use ${others.join(" and ")}: --scheme shows those.`);
  }
  if (rules.some(({ state }) => state === "at connect")) {
    notes.push(`A topic with \${…} gets its value at connect; --client-id and --username put one in.`);
  }
  if (profile === "superuser") notes.push("It may read and write everything.");
  return notes;
}
