import {
  type AclRule,
  type AllowDecision,
  type ConnectRequest,
  isTopicLevel,
  type Verification,
} from "@connack/credentials";
import type { Device } from "../registry/device.ts";

type Proof = Extract<Verification, { ok: true }>;

/**
 * Step 7: what the device may do, as whom the broker shall know it, and until when. Rights are fixed here; the
 * first cut gives a device its own branch `devices/<id>/#` and, for xiaozhi, the topics its firmware uses.
 */
export function grantRights(device: Device, proof: Proof, request: ConnectRequest): AllowDecision {
  const decision: AllowDecision = {
    result: "allow",
    deviceId: device.id,
    scheme: proof.identity.scheme,
    acl: ownTopics(device, proof, request),
    clientAttrs: clientAttributes(device, proof),
  };
  if (proof.keyId !== undefined) decision.keyId = proof.keyId;
  if (proof.expiresAt !== undefined) decision.expireAtSeconds = Math.floor(proof.expiresAt);
  return decision;
}

function ownTopics(device: Device, proof: Proof, request: ConnectRequest): AclRule[] {
  const rules: AclRule[] = [];
  if (isTopicLevel(device.id)) rules.push({ permission: "allow", action: "all", topic: `devices/${device.id}/#` });
  if (proof.identity.scheme === "xiaozhi-hmac") {
    rules.push({ permission: "allow", action: "publish", topic: "device-server" });
    for (const level of new Set([proof.attributes.mac ?? "", request.clientId])) {
      if (isTopicLevel(level)) rules.push({ permission: "allow", action: "subscribe", topic: `devices/p2p/${level}` });
    }
  }
  rules.push({ permission: "deny", action: "all", topic: "#" });
  return rules;
}

const attributeName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Names that EMQX keeps (`^[A-Za-z0-9]+[A-Za-z0-9-_]*$`) and text values; what is proven wins over what is free text. */
function clientAttributes(device: Device, proof: Proof): Record<string, string> {
  const attributes: Record<string, string> = {};
  const group = device.group ?? proof.identity.group;
  const proven = {
    ...proof.attributes,
    ...(group === undefined ? {} : { group }),
    device: device.id,
    scheme: proof.identity.scheme,
  };
  for (const [name, value] of Object.entries({ ...device.attributes, ...proven })) {
    if (attributeName.test(name)) attributes[name] = value;
  }
  return attributes;
}
