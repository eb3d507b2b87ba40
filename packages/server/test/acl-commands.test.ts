import { writeFileSync } from "node:fs";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { socketCaller } from "./call-socket.ts";
import { runCommand } from "./run-command.ts";
import { type RunningConnack, removeFolder, startConnack, temporaryFolder } from "./run-connack.ts";

const folder = temporaryFolder();
let server: RunningConnack;

beforeAll(async () => {
  writeFileSync(
    join(folder, "connack.yaml"),
    "acl:\n  groups:\n    fixed:\n      profile: none\n      rules:\n        - {permission: allow, action: publish, topics: [fixed/up]}\n",
  );
  server = await startConnack({ folder });
});
afterAll(async () => {
  await server.kill("SIGTERM");
  removeFolder(folder);
});

const cli = (...args: string[]) => runCommand(args, { cwd: folder });

interface Issued {
  clientId: string;
  username: string;
  password: string;
}

/** A device that is connected by MQTT 5, and what it is told when it is cut. */
async function connected(id: string, ...options: string[]) {
  const { clientId, username, password } = await server.json<Issued>("credential", "issue", id, "--add", ...options);
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.mqttPort}`, {
    clientId,
    username,
    password,
    protocolVersion: 5,
    reconnectPeriod: 0,
  });
  let code: number | undefined;
  client.on("disconnect", ({ reasonCode }) => {
    code = reasonCode;
  });
  client.on("error", () => {});
  const cut = new Promise<number | undefined>((resolve) => client.once("close", () => resolve(code)));
  return { client, cut };
}

describe("acl show and set", () => {
  it("shows the list in order, with where each rule comes from", async () => {
    await cli("device", "add", "sensor-1", "--group", "fixed");
    const rules = ["--deny-publish", "a/secret", "--allow", `a/\${clientId}`, "--allow-publish", "a/#", "--qos", "0,1"];
    const set = await cli("acl", "set", "sensor-1", ...rules);
    expect(set.code).toBe(0);
    expect(set.stdout).toContain("Effective at next connect. To make it hold now:\nconnack device kick sensor-1\n");
    const shown = await cli("acl", "show", "sensor-1");
    expect(shown.stdout.replace(/ +$/gm, "")).toMatchInlineSnapshot(`
      "device         sensor-1
      group          fixed
      connects with  jwt
      profile        none (group fixed (configuration))

          RULE                                FROM
      1   deny publish a/secret (QoS 0, 1)    device sensor-1, rule 1
      2   allow all a/\${clientId} (QoS 0, 1)  device sensor-1, rule 2; filled in at connect: clientId
      3   allow publish a/# (QoS 0, 1)        device sensor-1, rule 3
      4   allow publish fixed/up              group fixed (configuration), rule 1
      5   deny all #                          closing rule: what nothing allows is denied
      6   deny all $SYS/#                     closing rule: what nothing allows is denied
      7   deny all $delayed/#                 closing rule: what nothing allows is denied
      8   deny all $exclusive/#               closing rule: what nothing allows is denied
      9   deny all $file/#                    closing rule: what nothing allows is denied
      10  deny all $events/#                  closing rule: what nothing allows is denied

      A topic with \${…} gets its value at connect; --client-id and --username put one
      in.
      "
    `);
    const named = await server.json<{ rules: object[] }>("acl", "show", "sensor-1", "--client-id", "c-1");
    expect(named.rules[1]).toMatchObject({ n: 2, topic: "a/c-1", state: "holds" });
  });

  it("a group of connack.yaml is refused by name; others are counted and shown", async () => {
    const refused = await cli("acl", "set", "--group", "fixed", "--profile", "sensor");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/"fixed" are set in connack\.yaml:\d+/)]);
    await cli("device", "add", "lamp-9", "--group", "lamps");
    const set = await cli("acl", "set", "--group", "lamps", "--profile", "none", "--allow", `lamps/\${deviceId}/#`);
    expect(set.stdout).toContain("Devices concerned: 1. To make it hold now:\nconnack device kick --group lamps\n");
    const { groups } = await server.json<{ groups: object[] }>("acl", "show", "--groups");
    expect(groups).toMatchObject([
      { group: "fixed", from: "configuration" },
      { group: "lamps", from: "registry", profile: "none", rules: [{ topics: [`lamps/\${deviceId}/#`] }] },
    ]);
    expect((await cli("acl", "show", "--group", "lamps")).stdout).toMatch(/^group {4}lamps\ndevices {2}1\n/);
  });

  it.each([
    [["acl", "show"], /give one/],
    [["acl", "show", "x", "--groups"], /give one/],
    [["acl", "set", "sensor-1"], /nothing to change/],
    [["acl", "set", "sensor-1", "--append"], /--append is for rules/],
    [["acl", "set", "sensor-1", "--clear", "--allow", "a"], /--clear takes everything away/],
    [["acl", "set", "--profile", "none"], /give one/],
    [["acl", "set", "sensor-1", "--allow", "a/#/b"], /a\/#\/b: not an MQTT topic filter/],
    [["acl", "test", "sensor-1", "read", "a"], /publish or subscribe/],
    [["acl", "test", "sensor-1", "publish", "a/#"], /is a filter/],
    [["acl", "who", "a", "--limit", "0"], /--limit takes 1 to 1000/],
  ])("%j ends with 2 and says why", async (args, message) => {
    const result = await cli(...args);
    expect([result.code, result.stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it("works without a server too, and says that nobody is connected then", async () => {
    const alone = temporaryFolder();
    const run = (...args: string[]) => runCommand(args, { cwd: alone });
    await run("device", "add", "sensor-1");
    const set = await run("acl", "set", "sensor-1", "--allow", "b", "--kick");
    expect([set.code, set.stderr]).toEqual([0, ""]);
    expect((await run("acl", "test", "sensor-1", "publish", "b")).code).toBe(0);
    const kick = await run("device", "kick", "sensor-1");
    expect([kick.code, kick.stderr]).toEqual([69, expect.stringContaining("no server runs")]);
    removeFolder(alone);
  });
});

describe("rights at connect", () => {
  it("a change holds from the next connect; --kick ends the connection with 0x98", async () => {
    const { client, cut } = await connected("mover");
    const topic = "elsewhere/x";
    await cli("acl", "set", "mover", "--allow", "elsewhere/#");
    expect((await cli("acl", "test", "mover", "publish", topic)).code).toBe(0);
    // The connection goes on with the rights it was made with.
    await expect(client.publishAsync(topic, "x", { qos: 1 })).rejects.toMatchObject({ code: 0x87 });
    const kicked = await cli("acl", "set", "mover", "--allow", "elsewhere/#", "--append", "--kick");
    expect(kicked.stdout).toContain("Connections ended: 1.");
    expect(await cut).toBe(0x98);
    const again = await connected("mover");
    await again.client.publishAsync(topic, "x", { qos: 1 });
    await again.client.endAsync();
  });

  it("device kick: one, none, and a group", async () => {
    const first = await connected("pair-1", "--group", "pairs");
    const second = await connected("pair-2", "--group", "pairs");
    const other = await connected("single");
    expect((await cli("device", "kick", "pair-1")).stdout).toBe("1 connection of pair-1 ended\n");
    expect(await first.cut).toBe(0x98);
    expect((await cli("device", "kick", "pair-1")).stdout).toBe("pair-1 is not connected\n");
    const third = await connected("pair-1");
    expect((await cli("device", "kick", "--group", "pairs")).stdout).toBe(
      "2 connections of 2 devices of group pairs ended\n",
    );
    expect([await second.cut, await third.cut]).toEqual([0x98, 0x98]);
    expect(await server.json("device", "kick", "--group", "pairs")).toEqual({ group: "pairs", ended: 0, devices: 0 });
    expect(other.client.connected).toBe(true);
    await other.client.endAsync();
  });

  it("acl test foretells what the broker does", async () => {
    await cli("device", "add", "oracle");
    await cli("acl", "set", "oracle", "--deny", "t/no", "--allow-publish", "t/#", "--allow-subscribe", "s/+");
    const { client } = await connected("oracle");
    const { call, close } = socketCaller(folder);
    const foretold = async (action: string, topic: string) =>
      (await call("acl.test", { id: "oracle", action, topic, qos: 1 }))["result"] === "allow";
    for (const topic of ["t/no", "t/yes", "s/a", "devices/oracle/x", "devices/other/x"]) {
      const done = await client.publishAsync(topic, "x", { qos: 1 }).then(
        () => true,
        () => false,
      );
      expect([topic, await foretold("publish", topic)]).toEqual([topic, done]);
    }
    for (const filter of ["s/+", "s/a", "s/#", "t/yes", "devices/oracle/#", "#"]) {
      const granted = await client.subscribeAsync(filter, { qos: 1 }).then(
        ([grant]) => (grant?.qos ?? 128) < 128,
        () => false,
      );
      expect([filter, await foretold("subscribe", filter)]).toEqual([filter, granted]);
    }
    close();
    await client.endAsync();
  });
});

describe("acl who", () => {
  it("lists services apart from devices, and says how many it looked at", async () => {
    await cli("service", "add", "backend", "--profile", "backend");
    const { stdout } = await cli("acl", "who", "devices/single/x");
    expect(stdout).toMatch(
      /^SERVICES +MAY.*\nbackend +publish.*profile backend\nbackend +read.*\n\nDEVICES.*\nsingle +publish/,
    );
    expect(stdout).toMatch(/Looked at \d+ devices and 1 services\.\n$/);
    const limited = await server.json<Record<"services" | "devices", { holders: object[]; more: boolean }>>(
      ...["acl", "who", "devices/single/x", "--limit", "1", "--action", "publish"],
    );
    expect(limited.services).toMatchObject({ holders: [{ id: "backend" }] });
    expect(limited.devices).toMatchObject({ holders: [{ id: "single" }], more: true });
  });
});

describe("with another broker", () => {
  it("a kick says who can do it, and the rights are set all the same", async () => {
    const other = await startConnack({ args: ["--no-embedded-broker"] });
    const run = (...args: string[]) => runCommand(args, { cwd: other.folder });
    await run("device", "add", "sensor-1", "--client-id", "c-1");
    const set = await run("acl", "set", "sensor-1", "--profile", "none", "--kick");
    expect([set.code, set.stdout]).toEqual([69, expect.stringContaining("profile        none")]);
    expect(set.stderr).toContain("not kicked: the embedded broker is off");
    const kick = await run("device", "kick", "sensor-1");
    expect([kick.code, kick.stderr]).toEqual([69, expect.stringContaining("Next: emqx ctl clients kick c-1")]);
    await other.kill("SIGTERM");
    removeFolder(other.folder);
  });
});
