import { expect, it } from "vitest";
import { connackCode } from "./connack-code.ts";

it("tells what each code is, and which of them are about the credential", () => {
  expect(connackCode(0)).toEqual({
    code: 0,
    name: "accepted",
    meaning: "The broker lets this device in.",
    isCredential: false,
  });
  expect(connackCode(4)).toMatchObject({
    name: "bad user name or password",
    meaning: expect.stringContaining("expired"),
  });
  expect(connackCode(0x87)).toMatchObject({ name: "not authorized" });
  expect(connackCode(0x9f)).toMatchObject({
    name: "connection rate exceeded",
    meaning: expect.stringContaining("at once"),
  });
  expect(connackCode(99)).toMatchObject({ name: "a code that MQTT does not know", isCredential: false });
  const ofCredentials = Array.from({ length: 256 }, (_, code) => code).filter((code) => connackCode(code).isCredential);
  expect(ofCredentials).toEqual([4, 5, 0x86, 0x87]);
  // Every code of MQTT 3.1.1 §3.2.2.3 and MQTT 5 §3.2.2.2 has a name.
  for (const code of [
    0, 1, 2, 3, 4, 5, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 140, 144, 149, 151, 153, 154, 155, 156,
    157, 159,
  ]) {
    expect(connackCode(code).name).not.toContain("does not know");
  }
});
