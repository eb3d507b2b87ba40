import { type ConnectRequest, type DenyDecision, parseXiaozhiClientId, type Verification } from "@connack/credentials";
import type { CachedRegistry } from "../registry/cached-registry.ts";
import type { Device, DeviceStatus } from "../registry/device.ts";
import { deny } from "./deny.ts";
import type { FindDevice } from "./find-device.ts";

type Proof = Extract<Verification, { ok: true }>;

/**
 * Step 6: may this device use what it has proven? Its status, and the schemes and keys it may use: it cannot fall back
 * to the credential it moved away from.
 */
export function checkRights(device: Device, proof: Proof): DenyDecision | undefined {
  const refusal = statusRefusals[device.status];
  if (refusal) return deny(refusal, `status ${device.status}`);
  const { scheme } = proof.identity;
  if (!device.schemes.includes(scheme)) {
    return deny("scheme_not_allowed", `${scheme} came, ${device.schemes.join(" or ") || "nothing"} is allowed`);
  }
  if (proof.generation !== undefined && proof.generation < device.minKeyGeneration) {
    const wanted = `at least ${device.minKeyGeneration} wanted`;
    return deny("key_generation_not_allowed", `generation ${proof.generation}, ${wanted}`);
  }
  return undefined;
}

/** Step 6, second half: the client id belongs to one device alone. */
export function createCheckClientId(
  registry: Pick<CachedRegistry, "peekClientIdOwner" | "findClientIdOwner">,
  findDevice: FindDevice,
) {
  async function ownerOf(clientId: string, device: Device): Promise<string | undefined> {
    const known = registry.peekClientIdOwner(clientId);
    const owner = known ? known.owner : await registry.findClientIdOwner(clientId);
    if (owner !== undefined || clientId === device.id) return owner;
    // A device's own name is its client id, and a xiaozhi client id is its MAC's, also before it has ever connected.
    const mac = parseXiaozhiClientId(clientId)?.mac;
    if (mac !== undefined) return mac;
    const namesake = await findDevice(clientId);
    return namesake && namesake.status !== "removed" ? namesake.id : undefined;
  }

  return async (device: Device, request: ConnectRequest): Promise<DenyDecision | undefined> =>
    belongsToAnother(await ownerOf(request.clientId, device), device);
}

/** The client id, as far as memory knows: what was bound a moment ago is always there. */
export function clientIdTaken(
  registry: Pick<CachedRegistry, "peekClientIdOwner">,
  device: Device,
  request: ConnectRequest,
): DenyDecision | undefined {
  return belongsToAnother(registry.peekClientIdOwner(request.clientId)?.owner, device);
}

function belongsToAnother(owner: string | undefined, device: Device): DenyDecision | undefined {
  if (owner === undefined || owner === device.id) return undefined;
  return deny("client_id_in_use", `the client id belongs to ${owner}`);
}

const statusRefusals = {
  active: undefined,
  pending: "device_pending",
  disabled: "device_disabled",
  revoked: "device_revoked",
  removed: "device_removed",
} as const satisfies Record<DeviceStatus, DenyDecision["reason"] | undefined>;
