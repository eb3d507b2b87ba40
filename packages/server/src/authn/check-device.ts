import {
  type ConnectRequest,
  canonicalMac,
  type DenyDecision,
  parseXiaozhiClientId,
  type Verification,
} from "@connack/credentials";
import { statusRefusals } from "../authz/status-refusals.ts";
import type { CachedRegistry } from "../registry/cached-registry.ts";
import type { Device } from "../registry/device.ts";
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
  if (proof.byPrevious && device.previousPassword === undefined) {
    return deny("bad_password", "the password before the last rotation was taken back");
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
  async function findOwner(clientId: string, device: Device, known: boolean): Promise<string | undefined> {
    const owner = known ? undefined : await registry.findClientIdOwner(clientId);
    if (owner !== undefined || clientId === device.id) return owner;
    // A device's own name is its client id, and a xiaozhi client id is its MAC's, also before it has ever connected.
    const mac = parseXiaozhiClientId(clientId)?.mac;
    if (mac !== undefined) return mac;
    const bareMac = canonicalMac(clientId);
    if (bareMac !== undefined && !hasMac(device, bareMac)) return bareMac;
    for (const name of new Set([clientId, bareMac ?? clientId])) {
      const namesake = name === device.id ? undefined : await findDevice(name);
      if (namesake && namesake.status !== "removed") return namesake.id;
    }
    return undefined;
  }

  return (
    device: Device,
    { clientId }: ConnectRequest,
  ): DenyDecision | undefined | Promise<DenyDecision | undefined> => {
    // What a device lists is its own, and most come with the one they came with last: they wait for nothing.
    if (device.clientIds.at(-1) === clientId) return undefined;
    const known = registry.peekClientIdOwner(clientId);
    if (known?.owner !== undefined) return belongsToAnother(known.owner, device);
    return findOwner(clientId, device, known !== undefined).then((owner) => belongsToAnother(owner, device));
  };
}

/** The client id, as far as memory knows: what was bound a moment ago is always there. */
export function clientIdTaken(
  registry: Pick<CachedRegistry, "peekClientIdOwner">,
  device: Device,
  request: ConnectRequest,
): DenyDecision | undefined {
  return belongsToAnother(registry.peekClientIdOwner(request.clientId)?.owner, device);
}

/**
 * `devices/p2p/<mac>` is where the device of that MAC is answered, and a client id may stand in its place there. So a MAC
 * as client id, however it is written, is for the device that has it: as its id, or by an operator's word.
 */
function hasMac({ id, attributes }: Device, mac: string): boolean {
  return canonicalMac(id) === mac || canonicalMac(attributes["mac"] ?? "") === mac;
}

function belongsToAnother(owner: string | undefined, device: Device): DenyDecision | undefined {
  if (owner === undefined || owner === device.id) return undefined;
  return deny("client_id_in_use", `the client id belongs to ${owner}`);
}
