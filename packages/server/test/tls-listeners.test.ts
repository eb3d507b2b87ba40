import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeFolder, run, runConnack, startConnack, temporaryFolder } from "./run-connack.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

const cli = (...args: string[]) => runConnack(args, { cwd: folder });
const read = (file: string) => readFileSync(join(folder, "connack-data/tls", file), "utf8");
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
/** Judged by OpenSSL. */
const verify = (file: string, purpose: string) =>
  run("openssl", ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.crt", file], {
    cwd: join(folder, "connack-data/tls"),
  });

it("tls dev-ca makes a CA and a server certificate, and prints what to do with them", async () => {
  const result = await cli("tls", "dev-ca", "--host", "192.0.2.7", "--host", "Broker.test");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  const tls = join(folder, "connack-data/tls");
  expect(readdirSync(tls).sort()).toEqual(["ca.crt", "ca.key", "server.crt", "server.key"]);
  for (const file of readdirSync(tls)) expect(statSync(join(tls, file)).mode & 0o777).toBe(0o600);
  expect(statSync(tls).mode & 0o777).toBe(0o700);
  expect((await verify("server.crt", "sslserver")).stdout).toBe("server.crt: OK\n");
  const literal = read("ca.crt")
    .trimEnd()
    .split("\n")
    .map((line) => `  "${line}\\n"`)
    .join("\n");
  expect(result.stdout.replace(/^for .*\n(?: .*\n)*/m, "<hosts>\n").replace(/\d{4}-\d\d-\d\d/, "<date>")).toBe(`\
FOR A LAB ONLY. Whoever has the key of this CA can pose as your broker and as
any of your devices, and nothing can take a certificate back. For devices that
leave the house use a CA that is kept elsewhere.

CA      connack-data/tls/ca.crt, its key connack-data/tls/ca.key
server  connack-data/tls/server.crt, its key connack-data/tls/server.key
<hosts>
until   <date>

Add to connack.yaml, into its brokers: section if there is one, and start
connack again:

brokers:
  embedded:
    host: 0.0.0.0 # devices come from other machines
    tcp: false # and only with TLS; connack sub and connack pub need a plain listener
    webSocket: { enabled: false }
    tls:
      certificateFile: "connack-data/tls/server.crt"
      keyFile: "connack-data/tls/server.key"
      # for client certificates, see connack tls dev-client:
      # clientCaFile: "connack-data/tls/ca.crt"

Flash into the ESP32 what it checks the broker with:

static const char connack_ca[] =
${literal};

Try it, once connack runs with these lines:
sh -c "$(npx connack credential issue sensor-1 --add --command) -h localhost -p PORT --cafile connack-data/tls/ca.crt"
`);
  const text = execFileSync("openssl", ["x509", "-noout", "-text", "-in", join(tls, "server.crt")]).toString();
  expect(text).toMatch(
    /DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, .*IP Address:192.0.2.7, DNS:Broker.test/,
  );
});

const tlsConfig = (more = "") => `
brokers:
  embedded:
    tls: { certificateFile: connack-data/tls/server.crt, keyFile: connack-data/tls/server.key${more} }
`;

describe("serve", () => {
  it("listens with TLS, and a client certificate of the lab is a device's credential", async () => {
    await cli("tls", "dev-ca");
    await cli("tls", "dev-client", "sensor-1");
    write(
      "connack.yaml",
      `${tlsConfig(", clientCaFile: connack-data/tls/ca.crt")}credentials: { clientCertificate: { enabled: true } }\n`,
    );
    const server = await startConnack({ folder });
    const { listeners } = await server.json<{ listeners: Record<string, string> }>("status");
    expect(Object.keys(listeners)).toEqual(["mqtt", "ws", "mqtts", "wss", "brokers", "admin"]);
    await expect
      .poll(() => server.output().stderr)
      .toMatch(
        / {2}devices {2}mqtt:\/\/127.0.0.1:\d+ .*\n {11}ws:\/\/127.0.0.1:\d+\/mqtt\n {11}mqtts:\/\/127.0.0.1:\d+\n {11}wss:\/\/127.0.0.1:\d+\/mqtt\n/,
      );
    const { port } = new URL(listeners.mqtts ?? "");
    const publish = (...args: string[]) =>
      run("mosquitto_pub", ["-d", "-h", "localhost", "-p", port, "--cafile", "connack-data/tls/ca.crt", ...args], {
        cwd: folder,
      });
    const own = ["--cert", "connack-data/tls/clients/sensor-1.crt", "--key", "connack-data/tls/clients/sensor-1.key"];
    const message = ["-q", "1", "-t", "devices/sensor-1/hello", "-m", "x"];
    const proven = await publish(...own, "-i", "sensor-1", ...message);
    expect(proven.stdout).toMatch(/received CONNACK \(0\).*received PUBACK/s);
    expect(await server.json("device", "show", "sensor-1")).toMatchObject({
      id: "sensor-1",
      schemes: ["client-certificate"],
    });
    const nobody = await publish("-i", "sensor-1", ...message);
    expect(nobody.stdout).toMatch(/received CONNACK \([45]\)/);
    const jwt = await server.json<{ clientId: string; username: string; password: string }>(
      ...["credential", "issue", "sensor-2", "--add"],
    );
    const token = await publish(
      "-i",
      "sensor-2",
      "-u",
      jwt.username,
      "-P",
      jwt.password,
      "-t",
      "devices/sensor-2/x",
      "-m",
      "x",
    );
    expect(token.stdout).toContain("received CONNACK (0)");
    const stranger = await run("mosquitto_pub", [
      "-h",
      "localhost",
      "-p",
      port,
      "--capath",
      "/etc/ssl/certs",
      "-t",
      "t",
      "-m",
      "x",
    ]);
    expect(stranger.code).not.toBe(0);
    await server.kill("SIGTERM");
    expect(server.output().stdout).toContain("TLS: the client does not trust our certificate");
  });

  it("does not start with a file that is no good, and makes no data folder: 78", async () => {
    await cli("tls", "dev-ca");
    write("connack-data/tls/server.key", read("ca.key"));
    write("connack.yaml", tlsConfig());
    for (const command of [
      ["serve", "--http-port", "0", "--mqtt-port", "0"],
      ["config", "check"],
    ]) {
      const result = await cli(...command);
      expect(result.code).toBe(78);
      expect(result.stderr).toContain(
        "connack.yaml:4: `brokers.embedded.tls.keyFile`: the file connack-data/tls/server.key is not the key of the certificate",
      );
    }
    expect(readdirSync(join(folder, "connack-data"))).toEqual(["tls"]);
  });

  it("names the setting of a taken port", async () => {
    await cli("tls", "dev-ca");
    write("connack.yaml", tlsConfig());
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as { port: number };
    const args = ["serve", "--http-port", "0", "--mqtt-port", "0"];
    const result = await runConnack(args, {
      cwd: folder,
      env: { CONNACK_BROKERS_EMBEDDED_TLS_WEB_SOCKET_PORT: String(port) },
    });
    holder.close();
    expect(result.code).toBe(69);
    expect(result.stderr).toContain(`port ${port} is taken`);
    expect(result.stderr).toContain("brokers.embedded.tls.webSocketPort");
  });
});
