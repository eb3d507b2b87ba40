import { type Claims, canonicalMac, isTopicLevel, type TemplateValues } from "@connack/credentials";
import type { Device } from "../registry/device.ts";

export interface AclSubject {
  device: Pick<Device, "id" | "attributes">;
  clientId?: string;
  username?: string;
  /** Attributes that were proven, e.g. the MAC as the device writes it; they win over those of the registry. */
  proven?: Readonly<Record<string, string>>;
  claims?: Claims;
}

/** Branches of the topic tree that no device may have by its name. */
const reservedIds = new Set(["p2p"]);
const reservedHosts = new Set(["devices", "device-server", "internal"]);
/** Whatever is one of these in lower case is no longer than they are. */
const longestReserved = Math.max(...[...reservedIds, ...reservedHosts].map((name) => name.length));

/**
 * What the templates of a device's rules may put in. A device (client, user) called `p2p` has no branch of its own:
 * `devices/p2p/#` is where all xiaozhi devices are answered. `attrs.hostname` may come from a claim where the registry
 * has none.
 */
export function aclValues({ device, clientId, username, proven, claims }: AclSubject): TemplateValues {
  const attrs: Record<string, string> = { ...device.attributes, ...proven };
  const hostname = attrs["hostname"] ?? claimedHostname(claims);
  if (hostname !== undefined) {
    if (!isReserved(reservedHosts, hostname)) attrs["hostname"] = hostname;
    else delete attrs["hostname"];
  }
  const values: TemplateValues = { attrs };
  if (!isReserved(reservedIds, device.id)) values.deviceId = device.id;
  if (clientId !== undefined && !isReserved(reservedIds, clientId)) values.clientId = clientId;
  if (username !== undefined && !isReserved(reservedIds, username)) values.username = username;
  const mac = canonicalMac(device.id) ?? canonicalMac(device.attributes["mac"] ?? "");
  if (mac !== undefined) values.mac = mac;
  if (claims !== undefined) values.claims = claims;
  return values;
}

/** The host name that a token claims, if it is one that a topic can have. */
export function claimedHostname(claims: Claims | undefined): string | undefined {
  const hostname = claims && Object.hasOwn(claims, "hostname") ? claims["hostname"] : undefined;
  return typeof hostname === "string" && hostname.length <= 256 && isTopicLevel(hostname) ? hostname : undefined;
}

/** In any case: a template may change it (`${clientId|lower}`). */
function isReserved(names: ReadonlySet<string>, name: string): boolean {
  return name.length <= longestReserved && names.has(name.toLowerCase());
}
