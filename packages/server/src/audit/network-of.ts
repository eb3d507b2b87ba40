/** The network an address counts as: an IPv4 address itself, of IPv6 the /64, which one host may hold as a whole. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.split("%", 1)[0]?.toLowerCase().split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  if (tail === undefined) return prefix(left);
  const right = tail === "" ? [] : tail.split(":");
  const groups = right.length + (tail.includes(".") ? 1 : 0); // dotted at the end: two groups
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - groups) }, () => "0");
  return prefix([...left, ...zeros, ...right]);
}

function prefix(groups: readonly string[]): string {
  const four = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${four.join(":")}::/64`;
}
