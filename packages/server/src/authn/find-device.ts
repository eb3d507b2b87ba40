import type { DenyDecision, DeviceIdentity } from "@connack/credentials";
import type { CachedRegistry } from "../registry/cached-registry.ts";
import { type Device, isGuestName } from "../registry/device.ts";
import { isLentName } from "../registry/lent-devices.ts";
import { deny } from "./deny.ts";
import type { EnrolmentPolicy } from "./enrolment-policy.ts";

export type FindDevice = (id: string) => Device | undefined | Promise<Device | undefined>;

/** From memory where it can be; rejects with `StoreUnavailable` when nobody can tell. */
export function createFindDevice(registry: Pick<CachedRegistry, "peek" | "find">): FindDevice {
  return (id) => {
    const known = registry.peek(id);
    return known ? known.device : registry.find(id);
  };
}

export interface FindOrEnrolParts {
  findDevice: FindDevice;
  registry: Pick<CachedRegistry, "noteEnrolment" | "health">;
  policy: EnrolmentPolicy;
  nowMs(): number;
}

/**
 * Step 5: the device of a proven identity. One that has no entry yet is enrolled by policy; its row is written after
 * the reply. A tombstone counts as an entry. Without a proof (xiaozhi-unsigned) nobody is enrolled.
 */
export function createFindOrEnrol(parts: FindOrEnrolParts) {
  return (identity: DeviceIdentity, dryRun: boolean): Device | Promise<Device | DenyDecision> => {
    const device = parts.findDevice(identity.id);
    // Known devices, which most are, wait for nothing.
    if (device !== undefined && !(device instanceof Promise)) return device;
    return findLater(identity, dryRun, device);
  };

  async function findLater(
    identity: DeviceIdentity,
    dryRun: boolean,
    asked: Promise<Device | undefined> | undefined,
  ): Promise<Device | DenyDecision> {
    const device = await asked;
    if (device) return device;
    const health = parts.registry.health();
    if (health.state !== "ready") return deny("store_unavailable", `registry ${health.state}: ${health.detail}`);
    const status = parts.policy.statusFor(identity, dryRun);
    if (isGuestName(identity.id)) return deny("device_unknown", "the name is one of connack sub and pub");
    if (isLentName(identity.id))
      return deny("device_unknown", "the name is one of connack emqx verify, and was given back");
    if (status === "never") return deny("device_unknown", neverEnrolled(identity));
    if (status === "refuse") return deny("device_unknown", "enrolment is switched off");
    if (status === "limited") return deny("enrolment_limited", "the limit of new devices per minute is reached");
    const createdAt = parts.nowMs();
    const schemes = [identity.scheme];
    const group = identity.group === undefined ? {} : { group: identity.group };
    const enrolled = dryRun || parts.registry.noteEnrolment({ id: identity.id, status, schemes, createdAt, ...group });
    if (!enrolled) {
      // Somebody was quicker, an operator or another login: what is there now decides.
      const meanwhile = await parts.findDevice(identity.id);
      return meanwhile ?? deny("enrolment_limited", "the device could not be noted: too many new ones wait");
    }
    return {
      id: identity.id,
      kind: "device",
      status,
      schemes,
      minKeyGeneration: 0,
      attributes: {},
      rules: [],
      clientIds: [],
      createdAt,
      ...group,
    };
  }
}

function neverEnrolled({ id, scheme }: DeviceIdentity): string {
  return `whoever proves nothing is never enrolled; if the device is yours: connack device add ${id} --scheme ${scheme}`;
}
