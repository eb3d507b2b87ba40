import { parseXiaozhiClientId } from "../client-id.ts";
import type { ConnectRequest } from "../connect-request.ts";
import type { Claim, CredentialScheme, KeyMaterial, Verification } from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";

/** What the MAC test of xiaozhi's gateway lets through: lower case only, no dashes. */
const gatewayMac = /^[0-9a-f]{2}(?:[_:][0-9a-f]{2}){5}$/;

/**
 * xiaozhi's oldest form: a client id of two parts, `<group>@@@<mac>`, and nothing that proves it. As in xiaozhi's
 * gateway, user name and password may hold anything, or nothing. **This is no proof**: whoever names the MAC passes. So
 * it is a scheme of its own, off by default, for devices that an operator has registered with it and no others.
 *
 * The group is whatever the peer likes and goes nowhere. Matching order: before `xiaozhi-hmac`.
 */
export function createXiaozhiUnsignedScheme(): CredentialScheme {
  return { name: "xiaozhi-unsigned", identify, verify };
}

function identify({ clientId, password }: ConnectRequest): Claim | undefined {
  // A dot never stands in Base64: a password with one is a JWT, and proves more than this does.
  if (clientId.split("@@@").length !== 2 || password.includes(".")) return undefined;
  return { scheme: "xiaozhi-unsigned", identity: parseXiaozhiClientId(clientId)?.mac ?? "", needs: "nothing" };
}

function verify(request: ConnectRequest, claim: Claim, material: KeyMaterial): Verification {
  if (identify(request)?.identity !== claim.identity || material.kind !== "nothing") {
    return refuse("internal_error", "claim or material does not belong to this request");
  }
  const parsed = parseXiaozhiClientId(request.clientId);
  if (parsed === undefined) return refuse("bad_client_id", explainClientId(request.clientId));
  const { group, deviceText, mac } = parsed;
  if (group === "") return refuse("bad_client_id", "the group is empty");
  if (mac === undefined || !gatewayMac.test(deviceText)) {
    return refuse("bad_client_id", "the second part is not a MAC address in lower case with _ or :");
  }
  return {
    ok: true,
    identity: { scheme: "xiaozhi-unsigned", id: mac },
    claims: {},
    attributes: { mac: deviceText },
  };
}

function explainClientId(clientId: string): string {
  if (clientId.endsWith("@@@")) return "the second part is empty";
  return "a topic character (/ + #), a | or a control character in the client id";
}

function refuse(reason: DenyReason, detail: string): Verification {
  return { ok: false, reason, detail, hints: [] };
}
