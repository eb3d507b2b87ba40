import { expect, it } from "vitest";
import { createNetworks } from "./networks.ts";

const isInside = createNetworks(["10.1.0.0/16", "192.0.2.7", "2001:db8::/32", "fe80::1", "::1/128"]);

it.each(["10.1.255.255", "::ffff:10.1.0.1", "192.0.2.7", "2001:db8:1::", "fe80::1%eth0", "::1", "::FFFF:192.0.2.7"])(
  "%s is inside",
  (address) => expect(isInside(address)).toBe(true),
);

it.each(["10.2.0.1", "192.0.2.8", "2001:db9::", "fe80::2%eth0", "127.0.0.1", "", "10.1", "x", undefined])(
  "%s is not",
  (address) => expect(isInside(address)).toBe(false),
);
