import { createHash, pbkdf2Sync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import vectors from "../../../../vectors/mosquitto-hash.json" with { type: "json" };
import { readMosquittoHash } from "./mosquitto-hash.ts";

const password = randomBytes(12).toString("base64");
const salt = randomBytes(12);
const hashText = (iterations: number) => pbkdf2Sync(password, salt, iterations, 64, "sha512").toString("base64");
const saltText = salt.toString("base64");
const slow = `$7$101$${saltText}$${hashText(101)}`;
const fast = `$6$${saltText}$${createHash("sha512").update(password).update(salt).digest("base64")}`;

describe("readMosquittoHash", () => {
  it.each(vectors.hashes)("checks what `$command` wrote", async ({ password: right, hash }) => {
    const stored = readMosquittoHash(hash);
    expect(await stored?.matches(right)).toBe(true);
    for (const wrong of ["", `${right} `, right.slice(1), `${right}${right}`, right.toUpperCase()]) {
      expect(await stored?.matches(wrong)).toBe(false);
    }
  });

  it.each([slow, fast])("knows the password it was made from", async (hash) => {
    expect(await readMosquittoHash(hash)?.matches(password)).toBe(true);
    expect(await readMosquittoHash(hash)?.matches(`${password}x`)).toBe(false);
  });

  it("takes salts of any length mosquitto_passwd could write", async () => {
    for (const length of [1, 2, 3, 16, 64]) {
      const other = randomBytes(length);
      const hash = createHash("sha512").update(password).update(other).digest("base64");
      expect(await readMosquittoHash(`$6$${other.toString("base64")}$${hash}`)?.matches(password)).toBe(true);
    }
  });

  it("bounds the iterations", () => {
    const withIterations = (iterations: string) => readMosquittoHash(slow.replace("$101$", `$${iterations}$`));
    for (const good of ["1", "1000000"]) expect(withIterations(good)).toBeDefined();
    for (const bad of ["0", "1000001", "9999999", "99999999999", "0101", "-1", "1e3", "+1", " 101", ""]) {
      expect([bad, withIterations(bad)]).toEqual([bad, undefined]);
    }
  });

  it.each([
    [
      "crypt(3) under the same number",
      "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJuesI68OTLiBFdcFYEdFCoEoFaS35inz1",
    ],
    ["another scheme", slow.replace("$7$", "$8$")],
    ["the other scheme's form", fast.replace("$6$", "$7$")],
    ["the user name in front", `alice:${slow}`],
    ["a line break behind", `${slow}\n`],
    ["a space in front", ` ${slow}`],
    ["a hash without padding", slow.slice(0, -2)],
    ["a hash of 63 bytes", `$6$${saltText}$${randomBytes(63).toString("base64")}`],
    ["a hash of 65 bytes", `$6$${saltText}$${randomBytes(65).toString("base64")}`],
    ["bits behind the end of the hash", `${slow.slice(0, -3)}${slow.at(-3) === "A" ? "B" : "/"}==`],
    ["url-safe Base64", slow.replace(saltText, "-_-_")],
    ["a salt that is not Base64", slow.replace(saltText, "AAAAA")],
    ["no salt", slow.replace(saltText, "")],
    ["a megabyte of salt", slow.replace(saltText, "A".repeat(2 ** 20))],
    ["nothing", ""],
  ])("does not read %s", (_, hash) => {
    expect(readMosquittoHash(hash)).toBeUndefined();
  });
});
