import { isEnabled } from "./chain.ts";
import { nameOf } from "./listener.ts";
import type { WarningRule } from "./warning-rule.ts";

/** Fewer clients may well sit behind one router. */
const enough = 20;

export const proxyHidesAddresses: WarningRule = {
  name: "proxy-hides-addresses",
  about:
    "Nearly all clients come from one address, and no listener reads the PROXY protocol: most likely a load balancer stands in front. Limits by address then count all devices as one, and the audit has the balancer's address.",
  find({ listeners, addresses = [] }) {
    const [address = "", count] = mostCommon(addresses);
    if (addresses.length < enough || count < addresses.length * 0.9 || address === "127.0.0.1") return [];
    const blind = listeners.filter((each) => isEnabled(each) && each["proxy_protocol"] === false);
    if (blind.length === 0) return [];
    return [
      {
        sentence: `Nearly all clients (${count} of ${addresses.length}) come from ${address}, as from a proxy in front of ${blind.map(nameOf).join(", ")}.`,
        next: "have the proxy send the PROXY protocol and switch proxy_protocol on for the listener, both at once",
      },
    ];
  },
};

function mostCommon(values: readonly string[]): [string | undefined, number] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<[string | undefined, number]>(
    (best, each) => (each[1] > best[1] ? each : best),
    [undefined, 0],
  );
}
