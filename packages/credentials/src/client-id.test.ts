import { describe, expect, it } from "vitest";
import { formatUnsignedXiaozhiClientId, formatXiaozhiClientId, parseXiaozhiClientId } from "./client-id.ts";

describe("parseXiaozhiClientId", () => {
  it.each([
    [
      "g@@@AA_BB_CC_DD_EE_0F@@@x",
      { group: "g", deviceText: "AA_BB_CC_DD_EE_0F", mac: "aa:bb:cc:dd:ee:0f", third: "x" },
    ],
    ["g@@@aa_bb_cc_dd_ee_0f", { group: "g", mac: "aa:bb:cc:dd:ee:0f", third: undefined }],
    ["@@@aa_bb_cc_dd_ee_0f@@@", { group: "", mac: "aa:bb:cc:dd:ee:0f", third: "" }],
    ["g@@@gateway@@@1", { mac: undefined, deviceText: "gateway" }],
  ])("tells whom %s names", (clientId, parsed) => expect(parseXiaozhiClientId(clientId)).toMatchObject(parsed));

  it.each(["", "g", "g@@@", "@@@", "g@@@@@@x", "a@@@b@@@c@@@d", "a+@@@b@@@c", "a@@@b|@@@c", "a@@@b@@@c\u0000"])(
    "does not read %j",
    (clientId) => expect(parseXiaozhiClientId(clientId)).toBeUndefined(),
  );
});

describe("formatting", () => {
  it("writes the MAC as xiaozhi servers do", () => {
    expect(formatXiaozhiClientId("g", "AA-BB-CC-DD-EE-0F", "x")).toBe("g@@@aa_bb_cc_dd_ee_0f@@@x");
    expect(formatUnsignedXiaozhiClientId("g", "AA:BB:CC:DD:EE:0F")).toBe("g@@@aa_bb_cc_dd_ee_0f");
  });

  it.each(["", "a@@@b", "a@", "a/b", "a|b", "a\nb"])("throws for the group %j", (group) => {
    expect(() => formatXiaozhiClientId(group, "aa:bb:cc:dd:ee:0f", "x")).toThrow(RangeError);
    expect(() => formatUnsignedXiaozhiClientId(group, "aa:bb:cc:dd:ee:0f")).toThrow(RangeError);
  });

  it("throws for no third part and for no MAC", () => {
    expect(() => formatXiaozhiClientId("g", "aa:bb:cc:dd:ee:0f", "")).toThrow(RangeError);
    expect(() => formatXiaozhiClientId("g", "gateway", "x")).toThrow(RangeError);
    expect(() => formatUnsignedXiaozhiClientId("g", "gateway")).toThrow(RangeError);
  });
});
