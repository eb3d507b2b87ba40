import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ConfigError } from "../../config/config-error.ts";
import { issueCertificate } from "../../tls/issue-certificate.ts";
import { openAdmin } from "./testing/open-admin.ts";

let folder: string;
let certificate: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-admin-tls-"));
  const day = 86_400_000;
  const issued = issueCertificate({
    commonName: "localhost",
    use: { kind: "server", hosts: ["localhost"] },
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
  });
  certificate = issued.certificate;
  writeFileSync(join(folder, "cert.pem"), issued.certificate);
  writeFileSync(join(folder, "key.pem"), issued.key);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const overrides = () => ({
  "http.admin.tls.certificateFile": join(folder, "cert.pem"),
  "http.admin.tls.keyFile": join(folder, "key.pem"),
});

it("speaks HTTPS only where a certificate is configured", async () => {
  const admin = await openAdmin({ overrides: overrides() });
  const { port, protocol } = new URL(admin.url);
  expect(protocol).toBe("https:");
  const get = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const all = { authorization: `Bearer ${admin.tokens.viewer}`, host: `localhost:${port}`, ...headers };
      const options = { host: "127.0.0.1", port, path: "/api/v1/keys", headers: all, agent: false, ca: certificate };
      const asked = request({ ...options, servername: "localhost" }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      });
      asked.on("error", reject);
      asked.end();
    });
  expect(await get({})).toBe(200);
  // A page that came without TLS is another origin.
  expect(await get({ origin: `https://localhost:${port}` })).toBe(200);
  expect(await get({ origin: `http://localhost:${port}` })).toBe(403);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  const { text } = await plainMetrics(admin);
  expect(text).toMatch(/connack_certificate_expires_timestamp_seconds{listener="admin"} \d+/);
});

async function plainMetrics({ house }: Awaited<ReturnType<typeof openAdmin>>): Promise<{ text: string }> {
  return { text: (await house.metrics.render()).body };
}

it("does not open with a certificate that cannot be used, and says which setting it is", async () => {
  writeFileSync(join(folder, "broken.pem"), "nothing");
  const broken = { ...overrides(), "http.admin.tls.certificateFile": join(folder, "broken.pem") };
  await expect(openAdmin({ overrides: broken })).rejects.toThrow(ConfigError);
  await expect(openAdmin({ overrides: broken })).rejects.toThrow(/http\.admin\.tls\.certificateFile/);
});

it("does not open where the port is taken", async () => {
  const admin = await openAdmin();
  const port = Number(new URL(admin.url).port);
  await expect(openAdmin({ overrides: { "http.admin.port": port } })).rejects.toMatchObject({
    code: "EADDRINUSE",
    port,
  });
});
