import { describe, expect, it } from "vitest";
import vectors from "../../../../vectors/xiaozhi-hmac.json" with { type: "json" };
import { credentialsRequest } from "../testing/credentials-request.ts";
import { shownEverywhere } from "../testing/shown-everywhere.ts";
import { xiaozhiHmac } from "./xiaozhi-hmac.ts";

const given = {
  clientId: "GID_test@@@02_00_00_00_00_01@@@02_00_00_00_00_01",
  username: "eyJpcCI6InVua25vd24ifQ==",
  password: `${"A".repeat(43)}=`,
};

describe("xiaozhiHmac", () => {
  it("gives what it was given, each time and without an expiry", async () => {
    const provider = xiaozhiHmac(given);
    expect(provider).toMatchObject({ name: "xiaozhi HMAC", needsClock: false });
    for (const _ of [1, 2]) expect(await provider.get(credentialsRequest())).toEqual(given);
    expect(shownEverywhere(provider)).not.toContain(given.password);
  });

  it("takes what xiaozhi servers hand out", () => {
    const signed = vectors.credentials.filter(({ expect: expected }) => expected === "allow");
    expect(signed.length).toBeGreaterThan(5);
    for (const { client_id: clientId, username, password } of signed) {
      expect(() => xiaozhiHmac({ clientId, username, password })).not.toThrow();
    }
  });

  it.each([
    [{ clientId: undefined }, "clientId has to be a text that is not empty"],
    [{ username: undefined }, "username has to be a text that is not empty"],
    [{ password: "" }, "password has to be a text that is not empty"],
    [{ clientId: "GID_test@@@02_00_00_00_00_01" }, "clientId has to be <group>@@@<mac>@@@<text>"],
    [{ password: `${given.password}\n` }, "password has to be the Base64 of an HMAC-SHA256, 44 characters"],
  ])("refuses %j when it is made", (wrong, sentence) => {
    expect(() => xiaozhiHmac({ ...given, ...wrong })).toThrow(sentence);
  });
});
