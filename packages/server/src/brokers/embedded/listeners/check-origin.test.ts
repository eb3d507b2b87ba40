import { describe, expect, it } from "vitest";
import { isAllowedOrigin } from "./check-origin.ts";

describe("an origin", () => {
  it.each([
    [undefined, "broker.test:8083"],
    ["http://broker.test", "broker.test:8083"],
    ["https://broker.test:3000", "broker.test"],
    ["HTTP://Broker.Test", "bROKER.tEST:8083"],
    ["http://192.0.2.7:5173", "192.0.2.7:8083"],
    ["http://[2001:db8::7]", "[2001:DB8:0::7]:8083"],
    ["http://localhost:5173", "192.0.2.7:8083"],
    ["http://app.localhost", "192.0.2.7:8083"],
    ["http://127.0.0.1:5173", "192.0.2.7:8083"],
    ["http://[::1]:5173", "192.0.2.7:8083"],
    ["capacitor://localhost", "192.0.2.7:8083"],
  ])("%s may connect to %s", (origin, host) => {
    expect(isAllowedOrigin(origin, host, [])).toBe(true);
  });

  it.each([
    ["", "broker.test"],
    ["null", "null"],
    ["null", undefined],
    ["http://evil.test", "broker.test"],
    ["http://evil.test", undefined],
    ["http://broker.test.evil.test", "broker.test"],
    ["http://evilbroker.test", "broker.test"],
    ["http://localhost.evil.test", "broker.test"],
    ["http://evillocalhost", "broker.test"],
    ["http://127.0.0.1.evil.test", "broker.test"],
    ["http://127.evil.test", "broker.test"],
    ["http://evil.test/localhost", "broker.test"],
    ["http://localhost@evil.test", "broker.test"],
    ["broker.test", "broker.test"],
    ["file://", ""],
    ["file://", undefined],
  ])("%j may not connect to %s", (origin, host) => {
    expect(isAllowedOrigin(origin, host, [])).toBe(false);
  });

  it("may connect where it is listed, or where all are", () => {
    expect(isAllowedOrigin("https://app.test", "broker.test", ["https://app.test"])).toBe(true);
    expect(isAllowedOrigin("https://app.test:444", "broker.test", ["https://app.test"])).toBe(false);
    expect(isAllowedOrigin("http://app.test", "broker.test", ["https://app.test"])).toBe(false);
    expect(isAllowedOrigin("null", "broker.test", ["null"])).toBe(true);
    expect(isAllowedOrigin("null", "broker.test", ["*"])).toBe(true);
  });
});
