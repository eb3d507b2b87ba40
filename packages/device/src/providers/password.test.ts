import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { credentialsRequest } from "../testing/credentials-request.ts";
import { shownEverywhere } from "../testing/shown-everywhere.ts";
import { password } from "./password.ts";

const secret = randomBytes(16).toString("hex");

describe("password", () => {
  it("gives user name and password, and a client id by what is known", async () => {
    const provider = password({ username: "lamp", password: secret });
    expect(provider).toMatchObject({ name: "password", needsClock: false });
    const login = { username: "lamp", password: secret };
    expect(await provider.get(credentialsRequest())).toEqual({ clientId: "lamp", ...login });
    expect(await provider.get(credentialsRequest({ clientId: "device" }))).toEqual({ clientId: "device", ...login });
    const named = password({ clientId: "own", ...login });
    expect(await named.get(credentialsRequest({ clientId: "device" }))).toEqual({ clientId: "own", ...login });
    expect(shownEverywhere(named)).not.toContain(secret);
  });

  it.each([
    [{ username: undefined }, "username has to be"],
    [{ password: undefined }, "password has to be"],
    [{ clientId: "" }, "clientId has to be"],
  ])("refuses %j when it is made", (wrong, sentence) => {
    expect(() => password({ username: "lamp", password: secret, ...wrong })).toThrow(sentence);
  });
});
