import {
  canonicalMac,
  compileAcl,
  isSchemeName,
  parseXiaozhiClientId,
  type SchemeName,
  type TopicDecision,
  type TopicQuestion,
} from "@connack/credentials";
import type { Device } from "../registry/device.ts";
import { StoreUnavailable } from "../registry/device-registry.ts";
import { type AclSubject, aclValues } from "./acl-values.ts";
import { grantAcl, originOf } from "./grant-acl.ts";
import type { ResolveRights } from "./resolve-rights.ts";
import { statusRefusals } from "./status-refusals.ts";

export interface DecideTopicParts {
  findDevice(id: string): Device | undefined | Promise<Device | undefined>;
  resolveRights: ResolveRights;
  /** Told of errors nobody expected. The decision is then `internal_error`. */
  onError(error: unknown): void;
}

type TopicDenial = Extract<TopicDecision, { result: "deny" }>;

/** May this client do this with this topic? Never throws: whatever goes wrong is a refusal with a reason. */
export type DecideTopic = (question: TopicQuestion) => Promise<TopicDecision>;

/** For brokers that cannot take a list of rules at CONNECT: the same rules, asked one topic at a time. */
export function createDecideTopic({ findDevice, resolveRights, onError }: DecideTopicParts): DecideTopic {
  async function decide(question: TopicQuestion): Promise<TopicDecision> {
    const { deviceId, attributes, request } = question;
    const deny = (reason: TopicDenial["reason"], detail: string): TopicDenial => ({
      result: "deny",
      deviceId,
      reason,
      detail,
    });
    const device = await findDevice(deviceId);
    if (!device) return deny("device_unknown", "not registered");
    const refusal = statusRefusals[device.status];
    if (refusal) return deny(refusal, `status ${device.status}`);
    const scheme = schemeOf(device, attributes["scheme"]);
    if (!scheme) return deny("scheme_not_allowed", "the broker does not name a scheme that the device may use");
    const told = subjectOf(device, scheme, question);
    if (!told) return deny("client_id_in_use", "the client id is not one of this device");

    const rights = resolveRights(device, scheme, told.group);
    const acl = grantAcl(rights, aclValues(told.subject));
    const { allowed, rule: index } = compileAcl(acl.rules).decide(request);
    const rule = index === undefined ? undefined : acl.rules[index];
    if (index === undefined || rule === undefined) return deny(`${request.action}_denied`, "no rule speaks about it");
    const from = originOf(rights, acl, index);
    return allowed
      ? { result: "allow", deviceId, rule, from }
      : { ...deny(`${request.action}_denied`, from), rule, from };
  }

  return async (question) => {
    try {
      return await decide(question);
    } catch (error) {
      const { deviceId } = question;
      if (error instanceof StoreUnavailable) {
        const detail = `registry ${error.state}: ${error.message}`;
        return { result: "deny", deviceId, reason: "store_unavailable", detail };
      }
      onError(error);
      return { result: "deny", deviceId, reason: "internal_error", detail: "unexpected error" };
    }
  };
}

/** The scheme that was used, as the broker was told; a device with one scheme can have used no other. */
function schemeOf(device: Device, told: string | undefined): SchemeName | undefined {
  if (told !== undefined && isSchemeName(told)) return device.schemes.includes(told) ? told : undefined;
  return device.schemes.length === 1 ? device.schemes[0] : undefined;
}

/** What was proven at the CONNECT, worked out again; `undefined` for a client id that is not this device's. */
function subjectOf(
  device: Device,
  scheme: SchemeName,
  { clientId, username, attributes }: TopicQuestion,
): { subject: AclSubject; group: string | undefined } | undefined {
  const { hostname } = attributes;
  // EMQX was told it at authentication: it may come from a claim.
  const claims = hostname === undefined ? {} : { hostname };
  const subject = { device, clientId, username, claims };
  if (scheme !== "xiaozhi-hmac" && scheme !== "xiaozhi-unsigned") return { subject, group: device.group };
  const parsed = parseXiaozhiClientId(clientId);
  const named = parsed && (parsed.mac ?? parsed.deviceText);
  if (named === undefined || named !== (canonicalMac(device.id) ?? device.id)) return undefined;
  // Unsigned, the group is whatever the peer likes.
  const group = scheme === "xiaozhi-hmac" && parsed?.group ? { group: parsed.group } : {};
  const proven = { mac: parsed?.deviceText ?? "", ...group };
  return { subject: { ...subject, proven }, group: device.group ?? group.group };
}
