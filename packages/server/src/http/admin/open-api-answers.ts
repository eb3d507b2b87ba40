import type { AuditEvent } from "../../audit/audit-event.ts";
import type { EventView } from "../../audit/event-view.ts";
import type { ReasonView } from "../../operations/audit-reasons.ts";
import type { DeviceView } from "../../operations/device-view.ts";
import type { ServiceCredential } from "../../operations/service-add.ts";
import type { ServiceView } from "../../operations/service-view.ts";
import type { TokenView } from "../../operations/token-view.ts";
import type { KeySummary } from "../../provisioning/key-record.ts";
import type { JsonSchema } from "./input-schema.ts";

const text = { type: "string" } as const;
const time = { type: "string", format: "date-time" } as const;
const whole = { type: "integer" } as const;
const flag = { type: "boolean" } as const;
const texts = { type: "array", items: text } as const;
const anyObject = { type: "object" } as const;
const objects = { type: "array", items: anyObject } as const;

/** Every member of a type, so that none is forgotten. */
type Members<T> = Record<keyof Required<T>, JsonSchema>;

const event: Members<EventView & AuditEvent> = {
  id: whole,
  time,
  type: text,
  firstAt: time,
  lastAt: time,
  count: whole,
  broker: text,
  listener: text,
  deviceId: text,
  unproven: flag,
  clientId: text,
  address: text,
  scheme: text,
  keyId: text,
  result: { enum: ["allow", "deny"] },
  reason: text,
  reasonText: text,
  fix: text,
  detail: text,
  hints: { type: "array", items: { type: "object", properties: { code: text, text } } },
  topic: text,
  latencyUs: { type: "number" },
  token: { type: "object", properties: { iat: whole, nbf: whole, exp: whole, firstIat: whole } },
  actor: text,
};
const lastRefusal = { type: "object", properties: { reason: text, at: time, sentence: text, fix: text } } as const;
const seen = { createdAt: time, firstSeenAt: time, lastSeenAt: time, lastAddress: text, lastRefusal };
const device: Members<DeviceView> = {
  id: text,
  kind: text,
  status: text,
  schemes: texts,
  minKeyGeneration: whole,
  group: text,
  attributes: { type: "object", additionalProperties: text },
  profile: text,
  rules: objects,
  clientIds: texts,
  hasPassword: flag,
  ...seen,
};
const service: Members<ServiceView> = {
  name: text,
  status: text,
  profile: text,
  rules: objects,
  clientIds: texts,
  formerPasswordUntil: time,
  ...seen,
};
const key: Members<KeySummary> = {
  id: text,
  scheme: text,
  algorithm: text,
  generation: whole,
  createdAt: time,
  origin: text,
  canIssue: flag,
  perDevice: flag,
  weakness: text,
};
const token: Members<TokenView> = {
  name: text,
  role: text,
  createdAt: time,
  expiresAt: time,
  isExpired: flag,
  lastUsedAt: time,
};
const reason: Members<ReasonView> = {
  type: text,
  reason: text,
  count: whole,
  devices: whole,
  examples: objects,
  lastAt: time,
  sentence: text,
  fix: text,
};

const object = (properties: JsonSchema): JsonSchema => ({ type: "object", properties });
const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (name: string): JsonSchema => ({ type: "array", items: reference(name) });

/** What answers are made of. */
export const answerSchemas: Readonly<Record<string, JsonSchema>> = {
  Device: object(device),
  Service: object(service),
  Key: object(key),
  AccessToken: object(token),
  Event: object(event),
  Reason: object(reason),
};

const credential: Members<ServiceCredential> = {
  service: reference("Service"),
  username: text,
  password: text,
  clientId: text,
  broker: object({ host: text, port: whole, running: flag }),
  reads: text,
  writes: text,
  warnings: texts,
};

/** What an operation answers, by its name; of the others it is an object. */
export const answerSchemaOf: Readonly<Record<string, JsonSchema>> = {
  "device.list": object({ devices: listOf("Device"), next: text }),
  "device.show": reference("Device"),
  "device.add": object({ device: reference("Device"), password: text }),
  "service.list": object({ services: listOf("Service"), next: text }),
  "service.show": object({ service: reference("Service"), rights: anyObject }),
  "service.add": object(credential),
  "key.list": object({ keys: listOf("Key") }),
  "key.add": object({ keys: listOf("Key") }),
  "key.remove": object({ removed: reference("Key") }),
  "token.list": object({ tokens: listOf("AccessToken") }),
  "token.add": object({ ...token, token: text }),
  "token.remove": object({ removed: reference("AccessToken") }),
  "audit.query": object({ events: listOf("Event"), next: text }),
  "audit.reasons": object({ from: time, until: time, reasons: listOf("Reason"), warnings: texts }),
};
