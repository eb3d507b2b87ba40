import { isIP } from "node:net";
import { type AclRule, type ConnectRequest, connectLimits, type Decision } from "@connack/credentials";
import type { BrokerAdapter, CallbackReply, CallbackRequest, MalformedRequest } from "../broker-adapter.ts";
import { formatEmqxAuthzResponse, parseEmqxAuthzRequest } from "./authz.ts";
import { parseEmqxEvents } from "./events.ts";
import { parseCallbackBody } from "./parse-callback-body.ts";

/**
 * EMQX 5.8 HTTP authenticator and authorizer. Only 200 with exactly these bodies is understood: any other status, body or content
 * type means *ignore*, that is "ask someone else" (recorded on 5.8.0). So every refusal is 200 `deny`.
 */
export const emqxAdapter: BrokerAdapter = {
  name: "emqx",
  parseAuthnRequest: parseEmqxAuthnRequest,
  formatAuthnResponse: formatEmqxAuthnResponse,
  parseAuthzRequest: parseEmqxAuthzRequest,
  formatAuthzResponse: formatEmqxAuthzResponse,
  parseEvents: parseEmqxEvents,
};

const json = "application/json";
export const emqxDeny: CallbackReply = { status: 200, contentType: json, body: '{"result":"deny"}' };

const memberNames = [
  "clientid",
  "client_id",
  "username",
  "password",
  "peerhost",
  "client_ip",
  "cert_common_name",
  "cert_subject",
] as const;

export function parseEmqxAuthnRequest(callback: CallbackRequest): ConnectRequest | MalformedRequest {
  const body = parseCallbackBody(callback, memberNames);
  if (!body.ok) return malformed(body.detail);
  const { members } = body;
  const { clientid, client_id, username, password } = members;
  if (clientid !== undefined && client_id !== undefined && clientid !== client_id) {
    return malformed("clientid and client_id differ");
  }
  const texts = { clientId: clientid ?? client_id, username: username ?? "", password: password ?? "" };
  const request: Partial<ConnectRequest> = {};
  for (const field of ["clientId", "username", "password"] as const) {
    const text = texts[field];
    if (typeof text !== "string") {
      return malformed(text === undefined ? "no clientid" : `${field} is not a text`);
    }
    if (text.length > connectLimits[field])
      return malformed(`${field} is longer than ${connectLimits[field]} characters`);
    request[field] = text;
  }
  if (request.clientId === "") return malformed("clientid is empty");
  // EMQX subscribes clients to `devices/p2p/${clientid}` by itself, without asking whether they may, wildcards and all.
  if (/[+#]/.test(request.clientId as string)) {
    return { malformed: "bad_client_id", detail: "the client id holds + or #, wildcards where EMQX subscribes by it" };
  }
  const peerHost = members.peerhost ?? members.client_ip;
  if (typeof peerHost === "string" && isIP(peerHost) !== 0) request.peerHost = peerHost;
  if (callback.brokerProven) readCertificate(members, request);
  return request as ConnectRequest;
}

/** EMQX renders an undefined certificate as an empty text, and leaves placeholders it does not know as they are. */
function readCertificate(members: Record<string, unknown>, request: Partial<ConnectRequest>): void {
  const { cert_common_name: name, cert_subject: subject } = members;
  if (typeof name === "string" && name !== "" && !name.startsWith("${")) request.certificateCommonName = name;
  if (typeof subject === "string" && subject !== "" && !subject.startsWith("${")) request.certificateSubject = subject;
}

/** Optional members are left out, never `null`: EMQX 5.8 refuses the client with code 4 over `"expire_at": null`. */
export function formatEmqxAuthnResponse(decision: Decision, nowSeconds: number): CallbackReply {
  if (decision.result === "deny") return emqxDeny;
  const { clientAttrs, acl, expireAtSeconds } = decision;
  let expiry = "";
  if (expireAtSeconds !== undefined) {
    const expireAt = Math.floor(expireAtSeconds);
    if (!(expireAt > nowSeconds)) return emqxDeny;
    expiry = `,"expire_at":${expireAt}`;
  }
  const attributes = JSON.stringify(clientAttrs);
  let rules = "";
  for (const rule of acl) rules += rules === "" ? ruleText(rule) : `,${ruleText(rule)}`;
  const body = `{"result":"allow","client_attrs":${attributes},"acl":[${rules}]${expiry}}`;
  return { status: 200, contentType: json, body };
}

/** Most rules are the same for all devices, and then the same frozen object. */
const ruleTexts = new WeakMap<AclRule, string>();

function ruleText(rule: AclRule): string {
  const known = ruleTexts.get(rule);
  if (known !== undefined) return known;
  const text = JSON.stringify(rule);
  if (Object.isFrozen(rule)) ruleTexts.set(rule, text);
  return text;
}

function malformed(detail: string): MalformedRequest {
  return { malformed: "malformed_request", detail };
}
