import { isIPv4, isIPv6 } from "node:net";

/**
 * Whom an address stands for when turns are given out: an IPv4 address for itself, an IPv6 address for its /64, since
 * that is what one subscriber gets (RFC 6177, RFC 4291 §2.5.1) and may send from any address of. Other texts stand for themselves.
 */
export function peerNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const last = address.slice(address.lastIndexOf(":") + 1);
  // ::ffff:192.0.2.1, as a dual-stack listener shows IPv4.
  if (isIPv4(last) && /^::ffff:[^:]+$/i.test(address)) return last;
  const [front = "", back] = address.split("::");
  const groups = front === "" ? [] : front.split(":");
  const tail = back ? back.split(":") : [];
  const zeros = 8 - groups.length - tail.length - (isIPv4(last) ? 1 : 0);
  const all = back === undefined ? groups : [...groups, ...Array<string>(zeros).fill("0"), ...tail];
  const prefix = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/64`;
}
