import type { AllowDecision, ConnectRequest, Verification } from "@connack/credentials";
import { aclValues, claimedHostname } from "../authz/acl-values.ts";
import { grantAcl } from "../authz/grant-acl.ts";
import type { ResolveRights } from "../authz/resolve-rights.ts";
import type { Device } from "../registry/device.ts";

type Proof = Extract<Verification, { ok: true }>;

/** Step 7: what the device may do, as whom the broker shall know it, and until when. Rights are fixed here. */
export function createGrantRights(resolveRights: ResolveRights) {
  return (device: Device, proof: Proof, request: ConnectRequest): AllowDecision => {
    const { identity, attributes: proven, claims } = proof;
    const rights = resolveRights(device, identity.scheme, groupOf(device, proof));
    const { clientId, username } = request;
    const acl = grantAcl(rights, aclValues({ device, clientId, username, proven, claims }));
    const decision: AllowDecision = {
      result: "allow",
      deviceId: device.id,
      scheme: identity.scheme,
      acl: acl.rules,
      clientAttrs: clientAttributes(device, proof),
    };
    if (acl.subscriptions.length > 0) decision.subscriptions = acl.subscriptions;
    if (proof.keyId !== undefined) decision.keyId = proof.keyId;
    const end = endOf(device, proof);
    if (end !== undefined) decision.expireAtSeconds = Math.floor(end);
    return decision;
  };
}

/** Unix seconds; a connection made with the password before the last rotation ends when that does. */
function endOf({ previousPassword }: Device, { byPrevious, expiresAt }: Proof): number | undefined {
  if (!byPrevious || previousPassword === undefined) return expiresAt;
  return Math.min(previousPassword.until / 1000, expiresAt ?? Number.POSITIVE_INFINITY);
}

function groupOf(device: Device, proof: Proof): string | undefined {
  return device.group ?? proof.identity.group;
}

const attributeName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Names that EMQX keeps (`^[A-Za-z0-9]+[A-Za-z0-9-_]*$`) and text values; what is proven wins over what is free text. */
function clientAttributes(device: Device, proof: Proof): Record<string, string> {
  const attributes: Record<string, string> = {};
  const hostname = claimedHostname(proof.claims);
  if (hostname !== undefined) attributes["hostname"] = hostname;
  addNamed(attributes, device.attributes);
  addNamed(attributes, proof.attributes);
  const group = groupOf(device, proof);
  if (group !== undefined) attributes["group"] = group;
  attributes["device"] = device.id;
  attributes["scheme"] = proof.identity.scheme;
  return attributes;
}

function addNamed(attributes: Record<string, string>, more: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(more)) {
    if (attributeName.test(name)) attributes[name] = more[name] as string;
  }
}
