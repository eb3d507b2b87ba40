import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CommandContext, type CommandInput, UsageError } from "../commands/command.ts";
import { readCredentialSource } from "./credential-options.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-try-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, "secret");
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const asked: unknown[] = [];
const issued = {
  device: "d",
  scheme: "jwt",
  clientId: "d",
  username: "d",
  password: "made",
  expiresAt: "2026-06-01T12:00:00.000Z",
  topic: "devices/d/hello",
  connectBytes: 20,
  broker: { host: "127.0.0.1", port: 1883, running: true },
  notes: ["a note"],
};
const read = (options: CommandInput["options"], stdin = "") =>
  readCredentialSource({ args: [], options }, {
    readStdin: async () => stdin,
    call: async (...words: unknown[]) => {
      asked.push(words);
      return issued;
    },
  } as unknown as CommandContext);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (claims: object) => `${part({ alg: "HS256" })}.${part(claims)}.${randomBytes(32).toString("base64url")}`;

describe("readCredentialSource", () => {
  it.each([
    [{}, /nothing to connect with: give --device/],
    [{ jwtSecretFile: "x" }, /needs the device/],
    [{ passwordFile: "/nowhere/pw" }, /--password-file: \/nowhere\/pw does not exist/],
    [{ passwordStdin: true, passwordFile: "x" }, /exclude each other/],
    [{ passwordStdin: true }, /standard input is empty/],
    [{ passwordStdin: true, device: "d" }, /--device means nothing for a credential that is given/],
    [{ passwordStdin: true, jwtSecretFile: "x" }, /--jwt-secret-file means nothing/],
    [{ cert: "c", claim: ["a=b"] }, /--claim means nothing/],
    [{ cert: "c" }, /give --client-id/],
    [{ device: "d", jwtSecretFile: "x", scheme: "jwt" }, /--scheme means nothing/],
    [{ device: "d", jwtSecretFile: "/nowhere/key" }, /--jwt-secret-file: \/nowhere\/key does not exist/],
    [{ device: "d", scheme: "xiaozhi-hmac", claim: ["a=b"] }, /--claim means nothing for xiaozhi-hmac/],
    [{ device: "d", scheme: "xiaozhi-unsigned", clientId: "c" }, /--client-id means nothing/],
    [{ device: "d", claim: ["sub=x"] }, /--claim sub/],
    [{ device: "d", claim: ["x"] }, /name=value/],
    [{ device: "d", expiresIn: "0" }, /--expires-in/],
    [{ device: "d", expiresIn: "9999d" }, /--expires-in/],
    [{ device: "" }, /--device is empty/],
  ] as [CommandInput["options"], RegExp][])("%j", async (options, message) => {
    const error = await read(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(message);
  });

  it("a given password wants both names, and is taken without its line end", async () => {
    await expect(read({ passwordStdin: true, clientId: "c" }, "x")).rejects.toThrow(/give --username/);
    await expect(read({ passwordStdin: true, username: "u" }, "x")).rejects.toThrow(/give --client-id/);
    await expect(read({ passwordStdin: true, clientId: "c", username: "u" }, "a\nb")).rejects.toThrow(/one line/);
    const source = await read({ passwordFile: file("p w\r\n"), clientId: "c", username: "u" });
    expect(source).toMatchObject({ kind: "given", name: "given password" });
    expect(await source.get(0)).toEqual({ clientId: "c", username: "u", password: "p w", deviceId: "u", notes: [] });
  });

  it("a given token names its device, and when it ends", async () => {
    const text = token({ sub: "s-1", exp: 1_800_000_000 });
    expect(await (await read({ passwordStdin: true }, text)).get(0)).toEqual({
      ...{ clientId: "s-1", username: "s-1", password: text, expiresAt: 1_800_000_000, deviceId: "s-1" },
      notes: ["No client id and user name given: sub of the token stands in."],
    });
    const named = await (await read({ passwordStdin: true, clientId: "c", username: "u" }, text)).get(0);
    expect(named).toMatchObject({ clientId: "c", username: "u", deviceId: "s-1", notes: [] });
    await expect(read({ passwordStdin: true }, token({ exp: 1 }))).rejects.toThrow(/give --client-id/);
  });

  it("a xiaozhi login is known by its MAC; a token as user name is nobody's name", async () => {
    const names = { clientId: "GID@@@02_00_00_00_00_0A@@@x", username: "eyJpcCI6InVua25vd24ifQ==" };
    expect(await (await read({ passwordStdin: true, ...names }, "p")).get(0)).toMatchObject({
      deviceId: "02:00:00:00:00:0a",
    });
    const inName = await (await read({ passwordStdin: true, clientId: "c", username: token({ sub: "s" }) }, "p")).get(
      0,
    );
    expect(inName.deviceId).toBeUndefined();
  });

  it("a certificate alone needs no password", async () => {
    const source = await read({ cert: "device.crt", clientId: "c" });
    expect(source.name).toBe("client certificate");
    expect(await source.get(0)).toEqual({ clientId: "c", username: "", password: "", notes: [] });
  });

  it("Connack is asked each time anew", async () => {
    asked.length = 0;
    const source = await read({ device: "AA-BB-CC-DD-EE-FF", scheme: "xiaozhi-hmac" });
    await source.get(0);
    expect(await source.get(0)).toMatchObject({ password: "made", expiresAt: 1_780_315_200, deviceId: "d" });
    const call = ["credential.issue", { device: "aa:bb:cc:dd:ee:ff", scheme: "xiaozhi-hmac" }];
    expect(asked).toEqual([call, call]);
    await (await read({ device: "d", claim: ["a=b"], expiresIn: "15m", clientId: "c" })).get(0);
    expect(asked[2]).toEqual([
      "credential.issue",
      { device: "d", scheme: "jwt", clientId: "c", expiresIn: 900, claims: { a: "b" } },
    ]);
  });

  it("a token made here has the times of now, and warns of a short secret", async () => {
    const secret = randomBytes(6).toString("hex");
    const options = { device: "s-1", jwtSecretFile: file(`${secret}\n`), claim: ["iss=esp32-sensor", "aud=emqx"] };
    const source = await read(options);
    const [first, second] = [await source.get(1_700_000_000), await source.get(1_700_000_060)];
    expect(first).toMatchObject({ clientId: "s-1", username: "s-1", expiresAt: 1_700_003_600 });
    expect(first.notes).toEqual([expect.stringMatching(/^The secret has 12 bytes/)]);
    const claims = JSON.parse(Buffer.from(second.password.split(".")[1] ?? "", "base64url").toString());
    const times = { iat: 1_700_000_060, exp: 1_700_003_660 };
    expect(claims).toEqual({ iss: "esp32-sensor", aud: "emqx", sub: "s-1", ...times });
  });
});
