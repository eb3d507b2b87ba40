import { expect, it } from "vitest";
import { ipBytes } from "./ip-bytes.ts";

it.each([
  ["127.0.0.1", "7f000001"],
  ["0.0.0.0", "00000000"],
  ["::", "0".repeat(32)],
  ["::1", `${"0".repeat(31)}1`],
  ["2001:db8::7", "20010db8000000000000000000000007"],
  ["2001:DB8:0:1:2:3:4:5", "20010db8000000010002000300040005"],
  ["fe80::", `fe80${"0".repeat(28)}`],
  ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
])("%s", (text, hex) => {
  expect(Buffer.from(ipBytes(text) ?? []).toString("hex")).toBe(hex);
});

it.each(["localhost", "", "127.1", "256.0.0.1", "fe80::1%eth0", "[::1]", "1.2.3.4.5"])(
  "%j is no IP address",
  (text) => {
    expect(ipBytes(text)).toBeUndefined();
  },
);
