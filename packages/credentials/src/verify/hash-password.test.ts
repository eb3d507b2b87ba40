import { randomBytes, scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { connectLimits } from "../connect-request.ts";
import { hashPassword, readScryptHash } from "./hash-password.ts";

const cheap = { ln: 10, r: 8, p: 1 };
const password = randomBytes(12).toString("base64");
const unpadded = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");

describe("hashPassword", () => {
  it("writes the PHC format, with a salt of its own each time", async () => {
    const form = /^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;
    const [first, second] = await Promise.all([hashPassword(password), hashPassword(password)]);
    expect(first).toMatch(form);
    expect(second).toMatch(form);
    expect(first).not.toBe(second);
  });

  it("is scrypt over the UTF-8 of the password", async () => {
    const text = await hashPassword("pässwörd 😀", cheap);
    const [, , , salt = "", key = ""] = text.split("$");
    expect(key).toBe(unpadded(scryptSync("pässwörd 😀", Buffer.from(salt, "base64"), 32, { N: 1024, r: 8, p: 1 })));
  });

  it.each([
    ["empty", ""],
    ["one with a NUL", `${password}\0`],
    ["ill-formed", `${password}\ud800`],
    ["too long", "x".repeat(connectLimits.password + 1)],
  ])("refuses a password that is %s, without repeating it", async (_, bad) => {
    const error: unknown = await hashPassword(bad, cheap).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    if (bad !== "") expect(String(error)).not.toContain(bad);
  });

  it("takes the longest password a CONNECT may carry", async () => {
    const longest = "x".repeat(connectLimits.password);
    expect(await readScryptHash(await hashPassword(longest, cheap))?.matches(longest)).toBe(true);
  });

  it.each([{ ln: 9 }, { ln: 18 }, { r: 7 }, { r: 17 }, { p: 0 }, { p: 5 }, { ln: 17, r: 16 }, { ln: 12.5 }])(
    "refuses parameters out of bounds: %o",
    async (wrong) => {
      await expect(hashPassword(password, { ...cheap, ...wrong })).rejects.toThrow(RangeError);
    },
  );
});

describe("readScryptHash", () => {
  it("knows the password, and no other", async () => {
    const stored = readScryptHash(await hashPassword(password, cheap));
    expect(await stored?.matches(password)).toBe(true);
    for (const other of ["", `${password} `, password.slice(1), password.toLowerCase(), "x"]) {
      expect(await stored?.matches(other)).toBe(false);
    }
  });

  it("checks the test vector of RFC 7914 §12 that is within bounds", async () => {
    const key = Buffer.from(
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
        "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
      "hex",
    );
    const hash = `$scrypt$ln=14,r=8,p=1$${unpadded(Buffer.from("SodiumChloride"))}$${unpadded(key)}`;
    expect(await readScryptHash(hash)?.matches("pleaseletmein")).toBe(true);
    expect(await readScryptHash(hash)?.matches("pleaseletmeout")).toBe(false);
  });

  it.each([
    ["at the upper bound of time", "ln=17,r=8,p=1"],
    ["at the upper bound of p", "ln=15,r=8,p=4"],
    ["at the lower bounds", "ln=10,r=8,p=1"],
  ])("reads parameters %s", async (_, parameters) => {
    const hash = (await hashPassword(password, cheap)).replace("ln=10,r=8,p=1", parameters);
    expect(await readScryptHash(hash)?.matches(password)).toBe(parameters === "ln=10,r=8,p=1");
  });

  it.each([
    ["ln=09,r=8,p=1"],
    ["ln=9,r=8,p=1"],
    ["ln=18,r=8,p=1"],
    ["ln=31,r=8,p=1"],
    ["ln=17,r=16,p=1"],
    ["ln=17,r=8,p=2"],
    ["ln=10,r=4,p=1"],
    ["ln=10,r=99,p=1"],
    ["ln=10,r=8,p=0"],
    ["ln=10,r=8,p=9"],
    ["ln=010,r=8,p=1"],
    ["ln=10,r=08,p=1"],
    ["ln=1e1,r=8,p=1"],
    ["ln=10, r=8,p=1"],
    ["r=8,ln=10,p=1"],
    ["ln=10,r=8"],
    ["ln=10,r=8,p=1,x=1"],
    ["N=1024,r=8,p=1"],
    [""],
  ])("does not read parameters %o", async (parameters) => {
    expect(readScryptHash((await hashPassword(password, cheap)).replace("ln=10,r=8,p=1", parameters))).toBeUndefined();
  });

  it("does not read Base64 that is not canonical, nor anything around the hash", async () => {
    const hash = await hashPassword(password, cheap);
    const [, , , salt = "", key = ""] = hash.split("$");
    // 43 characters hold 258 bits: the last two are zero in the canonical form. 22 hold 132.
    const nextLetter = (text: string) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
    const wrong = [
      hash.replace(key, nextLetter(key)),
      hash.replace(salt, nextLetter(salt)),
      `${hash}=`,
      `${hash}\n`,
      ` ${hash}`,
      `${hash}$`,
      hash.replace(key, key.slice(4)),
      hash.replace(salt, "AAAA"),
      hash.replace("$scrypt", "$SCRYPT"),
    ];
    for (const text of wrong) expect([text, readScryptHash(text)]).toEqual([text, undefined]);
  });
});
