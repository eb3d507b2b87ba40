import {
  connectLimits,
  type Qos,
  type TopicDecision,
  type TopicQuestion,
  type TopicRequest,
} from "@connack/credentials";
import type { CallbackReply, CallbackRequest, MalformedRequest } from "../broker-adapter.ts";
import { parseCallbackBody } from "./parse-callback-body.ts";

/**
 * EMQX's HTTP authorization source, for EMQX 5.7 and older: since 5.8 the rights go with the answer to the CONNECT.
 * The body has to name the device that authentication told EMQX: `"device": "${client_attrs.device}"`. EMQX sends all
 * values as texts (recorded on 5.8.0), and on a subscription the filter as `topic`, without `$share/<group>/`.
 */
const memberNames = [
  "device",
  "scheme",
  "hostname",
  "clientid",
  "username",
  "action",
  "topic",
  "qos",
  "retain",
] as const;

/** No identity that we gave out is longer. */
const longestDeviceId = 256;

/** MQTT: a topic has at most 65535 bytes. */
const longestTopic = 65_535;

export function parseEmqxAuthzRequest(callback: CallbackRequest): TopicQuestion | MalformedRequest {
  const body = parseCallbackBody(callback, memberNames);
  if (!body.ok) return malformed(body.detail);
  const { device, clientid, scheme, hostname } = body.members;
  // EMQX leaves a placeholder that it does not know as it is, and sends an empty text for one without a value.
  if (!isFilledIn(device) || device.length > longestDeviceId) {
    return malformed("no device: the body has to send client_attrs.device, known since EMQX 5.7");
  }
  if (!isFilledIn(clientid) || clientid.length > connectLimits.clientId) return malformed("no clientid, or too long");
  const username = body.members.username ?? "";
  if (typeof username !== "string" || username.length > connectLimits.username) {
    return malformed("username is not a text, or too long");
  }
  const request = readRequest(body.members);
  if (typeof request === "string") return malformed(request);
  const attributes: Record<string, string> = {};
  if (isFilledIn(scheme)) attributes["scheme"] = scheme;
  if (isFilledIn(hostname)) attributes["hostname"] = hostname;
  return { deviceId: device, clientId: clientid, username, attributes, request };
}

function readRequest({ action, topic, qos, retain }: Record<string, unknown>): TopicRequest | string {
  if (typeof topic !== "string" || topic === "" || topic.length > longestTopic) return "no topic, or too long";
  const level = qosFrom(qos);
  if (level === undefined) return "qos is not 0, 1 or 2";
  if (action === "subscribe") return { action, topic, qos: level };
  if (action !== "publish") return "action is neither publish nor subscribe";
  const flag = flagFrom(retain);
  return flag === undefined ? "retain is neither true nor false" : { action, topic, qos: level, retain: flag };
}

function qosFrom(value: unknown): Qos | undefined {
  if (value === 0 || value === "0") return 0;
  if (value === 1 || value === "1") return 1;
  return value === 2 || value === "2" ? 2 : undefined;
}

function flagFrom(value: unknown): boolean | undefined {
  if (value === true || value === "true" || value === 1 || value === "1") return true;
  return value === false || value === "false" || value === 0 || value === "0" ? false : undefined;
}

function isFilledIn(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("${");
}

/** Always 200: to EMQX any other status of this source means that the next source decides, and in the end *allow*. */
export function formatEmqxAuthzResponse({ result }: Pick<TopicDecision, "result">): CallbackReply {
  return { status: 200, contentType: "application/json", body: JSON.stringify({ result }) };
}

function malformed(detail: string): MalformedRequest {
  return { malformed: "malformed_request", detail };
}
