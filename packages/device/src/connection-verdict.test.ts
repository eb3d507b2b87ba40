import { describe, expect, it } from "vitest";
import { connectionVerdict } from "./connection-verdict.ts";

const plain = { isTakenOver: false, isExpiry: false };
const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });

describe("connectionVerdict", () => {
  it("tells an expiry, where the end fits one, and asks for new credentials at once", () => {
    for (const end of [{}, { error: reset }, { code: 0x87 }, { code: 0xa0 }]) {
      expect(connectionVerdict(end, { ...plain, isExpiry: true })).toMatchObject({
        kind: "expired",
        problem: { kind: "token", sentence: expect.stringContaining("credentials expired before there were new ones") },
        dropsCredentials: true,
        slower: false,
      });
    }
    expect(connectionVerdict({ code: 0x8b }, { ...plain, isExpiry: true }).kind).toBe("closed by broker");
    expect(connectionVerdict({ error: new Error("Keepalive timeout") }, { ...plain, isExpiry: true }).kind).toBe(
      "lost",
    );
  });

  it("tells a lost network from a broker that closed", () => {
    expect(connectionVerdict({}, plain)).toEqual({
      kind: "closed by broker",
      problem: {
        kind: "connection_lost",
        sentence: "The connection was closed by the other side.",
        fix: "The device connects again by itself.",
      },
      dropsCredentials: false,
      slower: false,
    });
    expect(connectionVerdict({ error: reset }, plain)).toMatchObject({
      kind: "lost",
      problem: { sentence: "The connection was lost: read ECONNRESET." },
    });
  });

  it.each([
    [0x8b, "The broker is shutting down. DISCONNECT said 139 (server shutting down)."],
    [
      0x98,
      "The broker closed the connection by order of whoever runs it: this device was kicked. DISCONNECT said 152 (administrative action).",
    ],
    [0x82, "The broker closed the connection. DISCONNECT said 130 (protocol error)."],
  ])("tells DISCONNECT %i in words", (code, sentence) => {
    expect(connectionVerdict({ code }, plain)).toMatchObject({ problem: { sentence, code }, slower: true });
  });

  it("drops credentials that the broker does not want any more", () => {
    const dropped = [0x87, 0x8b, 0x98, 0xa0].filter((code) => connectionVerdict({ code }, plain).dropsCredentials);
    expect(dropped).toEqual([0x87, 0xa0]);
  });
});
