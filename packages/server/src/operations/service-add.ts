import { randomBytes } from "node:crypto";
import { hashPassword } from "@connack/credentials/verify";
import { z } from "zod";
import { type ProfileName, profilesFor } from "../authz/profiles.ts";
import { aclRuleInput, rightsLimits } from "../authz/rights-input.ts";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { effectiveRights } from "./acl-effective.ts";
import { changeInTurn, entryNamed } from "./change-in-turn.ts";
import { brokerAddress } from "./issue-credential.ts";
import { OperationError } from "./operation.ts";
import { quoteWord } from "./quote-word.ts";
import { checkServiceName } from "./service-name.ts";
import { type ServiceView, serviceView } from "./service-view.ts";

const serviceProfiles = profilesFor("service") as [ProfileName, ...ProfileName[]];

export const addServiceInput = z.strictObject({
  name: z.string().min(1).max(256),
  profile: z.enum(serviceProfiles),
  rules: z.array(aclRuleInput).max(rightsLimits.rules).default([]),
});

/** A service with a new password, which is shown this once. */
export interface ServiceCredential {
  service: ServiceView;
  username: string;
  password: string;
  /** One of its own; another that no device has does as well. */
  clientId: string;
  broker: { host: string; port: number; running: boolean };
  /** A filter it may subscribe to. */
  reads?: string;
  /** A topic it may publish to. */
  writes?: string;
  warnings: string[];
}

/** Registers a service and makes its password. */
export async function addService(house: House, input: z.infer<typeof addServiceInput>): Promise<ServiceCredential> {
  const { name } = input;
  checkServiceName(name);
  if (!house.config.credentials.password.enabled) {
    throw new OperationError(
      "scheme_off",
      "services connect with a password, and passwords are switched off",
      "set credentials.password.enabled: true in connack.yaml",
    );
  }
  return changeInTurn(house.registry, entryNamed(name), () => addNew(house, input));
}

async function addNew(
  house: House,
  { name, profile, rules }: z.infer<typeof addServiceInput>,
): Promise<ServiceCredential> {
  const existing = await house.registry.find(name);
  if (existing && existing.status !== "removed") {
    const { kind, id } = existing;
    throw new OperationError("service_exists", `there is a ${kind} ${JSON.stringify(id)} already`, waysOn[kind](id));
  }
  const { password, hash } = await makePassword();
  const service = await house.registry.add({
    id: name,
    kind: "service",
    status: "active",
    schemes: ["password"],
    profile,
    rules,
    passwordHash: hash,
    createdAt: house.nowMs(),
  });
  return credentialOf(house, service, password);
}

const waysOn: Record<Device["kind"], (id: string) => string> = {
  service: (id) => `connack service rotate ${quoteWord(id)} makes a new password, connack acl set changes its rights`,
  device: () => "choose another name: a service is never a device",
};

/** 256 random bits, and their hash for the registry. */
export async function makePassword(): Promise<{ password: string; hash: string }> {
  const password = randomBytes(32).toString("base64url");
  return { password, hash: await hashPassword(password) };
}

/** What is told of a service whose password was just made. */
export function credentialOf(house: House, service: Device, password: string): ServiceCredential {
  const { rules } = effectiveRights(house.resolveRights, service, { clientId: service.clientIds.at(-1) ?? service.id });
  const allowed = rules.filter(({ permission, state }) => permission === "allow" && state === "holds");
  const reads = allowed.find(({ action }) => action !== "publish")?.topic.replace(/^eq /, "");
  const writes = allowed.find(({ action }) => action !== "subscribe")?.topic.replace(/^eq /, "");
  return {
    service: serviceView(service, house.nowMs()),
    username: service.id,
    password,
    clientId: service.clientIds.at(-1) ?? service.id,
    broker: brokerAddress(house),
    ...(reads !== undefined && { reads }),
    ...(writes !== undefined && { writes: writes.replace(/[+#]/g, "test") }),
    warnings:
      service.profile === "superuser"
        ? ["It may read and write EVERYTHING, for every device. Who has this password has the fleet."]
        : [],
  };
}
