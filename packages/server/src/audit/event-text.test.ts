import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { eventClaimedId, eventClientId, eventText } from "./event-text.ts";

const token = ["eyJhbGciOiJIUzI1NiJ9", "e30", randomBytes(32).toString("base64url")].join(".");
const password = randomBytes(32).toString("base64url");

describe("eventText", () => {
  it.each(["", "sensor-1", "Küche 💡", "a/+/#"])("leaves %j as it is", (text) => {
    expect(eventText(text)).toBe(text);
  });

  it.each([
    ["a\u001b[2Jb", "a\ufffd[2Jb"],
    ["a\nb\u0085c\0", "a\ufffdb\ufffdc\ufffd"],
    ["a\u202eb\u2066c\u2028d", "a\ufffdb\ufffdc\ufffdd"],
    ["a\ud800b", "a\ufffdb"],
  ])("%j becomes %j", (text, shown) => {
    expect(eventText(text)).toBe(shown);
  });

  it("cuts at 256 characters, or at the wanted length, and never through a character", () => {
    expect(eventText("x".repeat(256))).toBe("x".repeat(256));
    expect(eventText("x".repeat(257))).toBe(`${"x".repeat(255)}…`);
    expect(eventText("abcdef", 4)).toBe("abc…");
    expect(eventText(`ab${"💡".repeat(2)}`, 4)).toBe("ab\ufffd…");
  });
});

describe("eventClientId", () => {
  it("is the client id, cut, without what cannot be printed", () => {
    expect(eventClientId("GID_test@@@02_00@@@u")).toBe("GID_test@@@02_00@@@u");
    expect(eventClientId("c\r\n".repeat(200))).toBe(`${"c\ufffd\ufffd".repeat(85)}…`);
  });

  it("keeps no token and no password of ours", () => {
    expect(eventClientId(token)).toBe("(looks like a token)");
    expect(eventClientId(`${token}${"x".repeat(500)}`)).toBe("(looks like a token)");
    expect(eventClientId(password)).toBe("(looks like a password)");
    expect(eventClientId(`connack_${password}`)).toBe("(looks like a password)");
  });
});

describe("eventClaimedId", () => {
  it.each(["sensor-1", "02:00:00:00:00:01", "x".repeat(256)])("%s may stand for a device", (name) => {
    expect(eventClaimedId(name)).toBe(name);
  });

  it.each(["", "x".repeat(257), "a\nb", "a\u202eb", "\ud800", token, password])("%j may not", (name) => {
    expect(eventClaimedId(name)).toBeUndefined();
  });
});
