import { isIPv4, isIPv6 } from "node:net";

/** The 4 or 16 bytes of a textual IP address; `undefined` for any other text. */
export function ipBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  if (!isIPv6(text) || text.includes("%")) return undefined;
  // A URL has IPv6 in one form: hexadecimal groups, the longest run of zeros as `::` (RFC 5952).
  const plain = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const groupsOf = (part = "") => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const groups = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
