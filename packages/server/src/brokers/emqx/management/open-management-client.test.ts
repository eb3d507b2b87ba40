import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { ConfigError } from "../../../config/config-error.ts";
import { type EmqxConfig, emqxSection } from "../../../config/emqx-section.ts";
import { ca, filesOf } from "../../embedded/testing/lab-certificates.ts";
import { managementOptions, openManagementClient } from "./open-management-client.ts";

const secret = randomBytes(24).toString("base64url");
const config = (given: object): EmqxConfig => emqxSection.parse(given);
const url = "https://emqx.example:18084";

it("asks as it is configured, with the CA of the file", async () => {
  const [caFile] = filesOf(ca.certificate);
  const withUser = { url, username: "admin", password: secret, caFile, timeout: "3s" };
  expect(managementOptions(config(withUser))).toEqual({
    url,
    credentials: { username: "admin", password: secret },
    timeoutMs: 3000,
    ca: ca.certificate,
  });
  expect(managementOptions(config({ url, apiKey: "k", apiSecret: secret }))).toEqual({
    url,
    credentials: { apiKey: "k", apiSecret: secret },
    timeoutMs: 10_000,
  });
  const client = openManagementClient(config({ url: `${url}/base/`, apiKey: "k", apiSecret: secret }));
  expect(client.url).toBe(`${url}/base`);
  await client.close();
});

it("says what is missing, without a secret", () => {
  const [noCa = "", withKey = ""] = filesOf(secret, `${ca.certificate}\n-----BEGIN PRIVATE KEY-----\n${secret}`);
  const access = { url, apiKey: "k", apiSecret: secret };
  for (const [given, problem] of [
    [{}, /no EMQX is configured/],
    [{ url }, /no EMQX is configured/],
    [{ ...access, caFile: "/no/such.pem" }, /the file \/no\/such\.pem cannot be read \(ENOENT\)/],
    [{ ...access, caFile: noCa }, /holds no certificate in PEM form/],
    [{ ...access, caFile: withKey }, /holds a private key/],
  ] as const) {
    try {
      managementOptions(config(given));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).toMatch(problem);
      expect((error as Error).message).not.toContain(secret);
    }
  }
});
