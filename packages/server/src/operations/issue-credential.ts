import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonicalMac, formatUnsignedXiaozhiClientId, mintXiaozhiHmac, schemeNames } from "@connack/credentials";
import { z } from "zod";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { addDevice } from "./add-device.ts";
import { connectSize } from "./connect-size.ts";
import { deviceAdded } from "./describe-change.ts";
import { isService } from "./find-device-or-fail.ts";
import { findIssuingKey } from "./find-issuing-key.ts";
import { issueJwt } from "./issue-jwt.ts";
import { issueNotes } from "./issue-notes.ts";
import { OperationError, type ToldChange } from "./operation.ts";
import { passwordHashFrom } from "./password-input.ts";

/** Who the device is, and how long the token lives, is said by other options. */
const ownClaims = ["sub", "iat", "exp", "nbf"];

export const issueInput = z.strictObject({
  /** The device the credential is for. */
  device: z.string().min(1).max(256),
  scheme: z.enum(schemeNames),
  /** Register the device first when it has no entry. */
  add: z.boolean().default(false),
  group: z.string().min(1).max(128).optional(),
  clientId: z.string().min(1).max(512).optional(),
  username: z.string().min(1).max(512).optional(),
  /** Further claims of a JWT. */
  claims: z
    .record(z.string(), z.json())
    .refine((claims) => !ownClaims.some((name) => Object.hasOwn(claims, name)), {
      message: `${ownClaims.join(", ")} are set by Connack`,
    })
    .default({}),
  /** Life of a JWT in seconds; one hour, or `credentials.jwt.maxLifetime` where that is shorter, when left out. */
  expiresIn: z
    .int()
    .min(1)
    .max(10 * 365 * 86_400)
    .optional(),
  keyId: z.string().optional(),
});
export type IssueInput = z.infer<typeof issueInput>;

export interface BrokerAddress {
  host: string;
  port: number;
  running: boolean;
  /** Set where the broker takes MQTT with TLS only. */
  tls?: {
    /** The CA of `tls dev-ca`, where there is one. */
    caFile?: string;
  };
}

export interface IssuedCredential {
  device: string;
  scheme: IssueInput["scheme"];
  clientId: string;
  /** Empty, as the password, for a client certificate and for xiaozhi-unsigned. */
  username: string;
  password: string;
  keyId?: string;
  /** ISO 8601; absent when the credential does not expire. */
  expiresAt?: string;
  /** A topic the device may publish to. */
  topic: string;
  /** Bytes of the MQTT 3.1.1 CONNECT packet: small clients have buffers of 128 or 256. */
  connectBytes: number;
  /** Where the device connects, as far as this machine knows. */
  broker: BrokerAddress;
  notes: string[];
}

/** Makes a credential of the wanted kind. For `password` the device gets a new password: the old one ends. */
export async function issueCredential(house: House, input: IssueInput, changed: ToldChange): Promise<IssuedCredential> {
  const isXiaozhi = input.scheme === "xiaozhi-hmac" || input.scheme === "xiaozhi-unsigned";
  const mac = isXiaozhi ? canonicalMac(input.device) : undefined;
  if (isXiaozhi && mac === undefined) {
    throw new OperationError(
      "bad_device_id",
      `${JSON.stringify(input.device)} is not a MAC address`,
      "xiaozhi devices are known by their MAC, e.g. aa:bb:cc:dd:ee:ff",
    );
  }
  const id = mac ?? input.device;
  // Before anything is registered: without a key there is nothing to issue.
  if (input.scheme === "xiaozhi-hmac" || input.scheme === "jwt")
    findIssuingKey(house.keyRing, input.scheme, input.keyId);
  const existing = await house.registry.find(id);
  // It has its own commands, and a new password here would end the one it has without anybody meaning to.
  if (existing?.kind === "service" && existing.status !== "removed") throw isService(id);
  const endsPassword = input.scheme === "password" && existing?.passwordHash !== undefined;
  const device = await findOrAdd(house, id, input, changed);
  const secret = await makeCredential(house, id, input, device);
  return {
    device: id,
    scheme: input.scheme,
    topic: input.scheme === "xiaozhi-unsigned" ? "device-server" : `devices/${id}/hello`,
    ...secret,
    connectBytes: connectSize(secret),
    broker: brokerAddress(house),
    notes: [
      ...(endsPassword ? ["The password the device had before ends with this one."] : []),
      ...(await issueNotes(house, input, { device: id, ...secret }, device)),
    ],
  };
}

/** The embedded broker's address as a client on this machine uses it; its configured one when it does not run. */
export function brokerAddress(house: House): BrokerAddress {
  const { enabled, host, port, tcp, tls } = house.config.brokers.embedded;
  const { mqtt, mqtts } = house.listeners;
  const running = mqtt ?? mqtts;
  const url = running === undefined ? undefined : new URL(running);
  const onlyTls = url ? mqtt === undefined : enabled && !tcp && tls.certificateFile !== undefined;
  const name = url?.hostname.replace(/^\[|\]$/g, "") ?? host;
  const configured = onlyTls ? tls.port : port;
  return {
    host: onlyTls ? tlsHost(name) : isEverywhere(name) ? "127.0.0.1" : name,
    port: url ? Number(url.port) : configured,
    running: url !== undefined,
    ...(onlyTls && { tls: labCa(house) }),
  };
}

function isEverywhere(name: string): boolean {
  return name === "0.0.0.0" || name === "::";
}

/** A certificate names localhost more often than the address behind it. */
function tlsHost(name: string): string {
  return isEverywhere(name) || name === "127.0.0.1" || name === "::1" ? "localhost" : name;
}

function labCa({ folder }: House): NonNullable<BrokerAddress["tls"]> {
  const caFile = join(folder.path, "tls", "ca.crt");
  return existsSync(caFile) ? { caFile } : {};
}

type Secret = Pick<IssuedCredential, "clientId" | "username" | "password" | "keyId" | "expiresAt">;

async function makeCredential(
  house: House,
  id: string,
  input: IssueInput,
  device: Device | undefined,
): Promise<Secret> {
  const clientId = input.clientId ?? id;
  switch (input.scheme) {
    case "xiaozhi-hmac":
      return issueXiaozhi(house, id, input, device);
    case "xiaozhi-unsigned":
      return { clientId: formatUnsignedXiaozhiClientId(groupOf(input, device), id), username: "", password: "" };
    case "jwt":
      return issueJwt(house, id, input);
    case "password": {
      if (!device || device.status === "removed")
        throw new OperationError(
          "device_not_found",
          `there is no device ${JSON.stringify(id)} to set a password for`,
          "repeat with --add",
        );
      const { hash, password = "" } = await passwordHashFrom({ generate: true });
      await house.registry.setRights(id, { passwordHash: hash });
      return { clientId, username: id, password };
    }
    case "client-certificate":
      return { clientId, username: "", password: "" };
  }
}

async function issueXiaozhi(house: House, mac: string, input: IssueInput, device: Device | undefined): Promise<Secret> {
  const { id, secret = "" } = findIssuingKey(house.keyRing, "xiaozhi-hmac", input.keyId).record;
  return { ...(await mintXiaozhiHmac({ key: secret, group: groupOf(input, device), mac })), keyId: id };
}

/** First part of a xiaozhi client id. */
function groupOf(input: IssueInput, device: Device | undefined): string {
  return input.group ?? device?.group ?? "GID_default";
}

/** The device's entry, a removed one's included; `undefined` when there is none. */
async function findOrAdd(
  house: House,
  id: string,
  input: IssueInput,
  changed: ToldChange,
): Promise<Device | undefined> {
  const device = (await house.registry.find(id)) ?? undefined;
  if (!input.add || (device && device.status !== "removed")) return device;
  const group = input.group === undefined ? {} : { group: input.group };
  const { device: added } = await addDevice(house, {
    ...{ id, schemes: [input.scheme], status: "active", attributes: {}, clientIds: [] },
    ...group,
  });
  changed({ deviceId: id, detail: deviceAdded(added) });
  return (await house.registry.find(id)) ?? undefined;
}
