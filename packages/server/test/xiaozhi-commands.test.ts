import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./run-command.ts";
import { removeFolder, runConnack, temporaryFolder } from "./run-connack.ts";

let folder: string;
let file: string;
const key = `Aa${randomBytes(16).toString("hex")}`;
const original = `\uFEFF# of the kitchen\r\nserver:\r\n  ip: 0.0.0.0\r\n  http_port: 18003   # OTA\r\n  mqtt_gateway: 'old.example.org:1883'\t# till spring\r\n  mqtt_signature_key: "${key}"\r\nlog: {log_level: INFO}`;
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, "xiaozhi/data"), { recursive: true });
  file = join(folder, "xiaozhi/data/.config.yaml");
  writeFileSync(file, original);
  chmodSync(file, 0o640);
});
afterEach(() => removeFolder(folder));

const cli = async (words: string[], env: Record<string, string> = { MQTT_SIGNATURE_KEY: key }) => {
  const result = await runCommand(["xiaozhi", ...words], { cwd: folder, env });
  expect(result.stdout + result.stderr).not.toContain(key);
  return result;
};
const broker = ["--broker", "mqtt.example.org:1883"];
const content = () => readFileSync(file, "utf8");
const backups = () =>
  readdirSync(join(folder, "xiaozhi/data"))
    .filter((name) => name.endsWith(".bak"))
    .sort();

describe("plan", () => {
  it("shows what changes and ends with 2; afterwards there is nothing to do", async () => {
    const shown = await cli(["plan", file, ...broker]);
    expect([shown.code, shown.stderr]).toEqual([2, ""]);
    expect(shown.stdout).toContain("server.mqtt_gateway\n  - old.example.org:1883\n  + mqtt.example.org:1883\n");
    expect(shown.stdout).toMatch(/Next: connack xiaozhi apply \S+ --broker mqtt\.example\.org:1883\n$/);
    expect([content(), backups()]).toEqual([original, []]);
    expect((await cli(["apply", file, ...broker])).code).toBe(0);
    const again = await cli(["plan", file, ...broker]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("Nothing to do.")]);
  });

  it("--json has the same, without the text of the file", async () => {
    const plan = JSON.parse((await cli(["plan", file, ...broker, "--json"])).stdout);
    expect(plan).toMatchObject({
      form: "string",
      changes: [{ setting: "server.mqtt_gateway", from: "old.example.org:1883", to: "mqtt.example.org:1883" }],
      signatureKey: { state: "same" },
      conflicts: [],
    });
    expect(plan).not.toHaveProperty("text");
  });

  it("takes the broker from connack.yaml, and not from the file that is to be changed", async () => {
    expect((await cli(["plan", file])).code).toBe(2);
    expect((await cli(["plan", file])).stderr).toMatch(/Give --broker host:port/);
    writeFileSync(join(folder, "connack.yaml"), "xiaozhi:\n  configFile: xiaozhi/data/.config.yaml\n");
    expect((await cli(["plan", file])).stderr).toMatch(/Give --broker host:port/);
    writeFileSync(join(folder, "connack.yaml"), "xiaozhi:\n  gateway:\n    host: emqx.example.org\n    port: 1883\n");
    expect((await cli(["plan", file])).stdout).toContain("+ emqx.example.org:1883");
  });

  it.each([
    [["plan", "nosuch.yaml"], 2, /nosuch\.yaml does not exist/],
    [["plan", "xiaozhi"], 2, /is not a file/],
    [["plan", "xiaozhi/data/.config.yaml", "--broker", "mqtt://a:1"], 2, /without mqtt:\/\//],
  ])("%j is told", async (words, code, message) => {
    const result = await cli([...words, ...(words.includes("--broker") ? [] : broker)]);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  it("a file that is no YAML, or no UTF-8, ends with 78 and its place", async () => {
    writeFileSync(file, "server:\n\tip: x\n");
    const tab = await cli(["plan", file, ...broker]);
    expect([tab.code, tab.stderr]).toEqual([78, expect.stringMatching(/config\.yaml:2:1: a tab cannot indent/)]);
    writeFileSync(file, Buffer.from([0x73, 0x3a, 0x20, 0xff]));
    expect((await cli(["plan", file, ...broker])).stderr).toContain("is not UTF-8 text");
  });
});

describe("apply and rollback", () => {
  it("changes one value; rollback brings every byte back, through a symbolic link", async () => {
    const link = join(folder, "config");
    symlinkSync("xiaozhi/data/.config.yaml", link);
    const applied = await cli(["apply", link, ...broker]);
    expect(applied.code).toBe(0);
    expect(content()).toBe(original.replace("old.example.org", "mqtt.example.org"));
    expect([lstatSync(link).isSymbolicLink(), statSync(file).mode & 0o777]).toEqual([true, 0o640]);
    const [backup = ""] = backups();
    expect(backup).toMatch(/^\.config\.yaml\.connack-\d{8}T\d{6}Z\.bak$/);
    expect(statSync(join(folder, "xiaozhi/data", backup)).mode & 0o777).toBe(0o640);
    expect(applied.stdout).toContain("curl -s -X POST http://127.0.0.1:18003/xiaozhi/ota/");
    const back = await cli(["rollback", link]);
    expect([back.code, content(), statSync(file).mode & 0o777]).toEqual([0, original, 0o640]);
    const again = await cli(["rollback", link]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("Nothing to do")]);
  });

  it("a file that was changed since is not rolled back, unless forced: then that content is kept", async () => {
    await cli(["apply", file, ...broker]);
    const edited = `${content()}\r\n# more`;
    writeFileSync(file, edited);
    const refused = await cli(["rollback", file]);
    expect([refused.code, refused.stderr, content()]).toEqual([1, expect.stringContaining("--force"), edited]);
    const forced = JSON.parse((await cli(["rollback", file, "--force", "--json"])).stdout);
    expect([forced.changed, content(), readFileSync(forced.keptAt, "utf8")]).toEqual([true, original, edited]);
  });

  it("goes back step by step with named backups", async () => {
    // Not by name: of two in one second the later one may come first.
    const { backup: early } = JSON.parse((await cli(["apply", file, ...broker, "--json"])).stdout);
    const first = content();
    const { backup } = JSON.parse((await cli(["apply", file, "--broker", "b.example.org:1883", "--json"])).stdout);
    const wrong = await cli(["rollback", file, "--backup", early]);
    expect(wrong.code).toBe(1);
    expect((await cli(["rollback", file, "--backup", backup])).code).toBe(0);
    expect(content()).toBe(first);
    expect((await cli(["rollback", file, "--backup", early])).code).toBe(0);
    expect(content()).toBe(original);
  });

  it("without a backup there is nothing to go back to", async () => {
    const result = await cli(["rollback", file]);
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining("no backup")]);
  });

  it("writes the key only when asked, and never past a conflict", async () => {
    const other = { MQTT_SIGNATURE_KEY: `Bb${randomBytes(16).toString("hex")}` };
    const refused = await cli(["apply", file, ...broker], other);
    expect([refused.code, content(), backups()]).toEqual([1, original, []]);
    expect(refused.stderr).toMatch(/was not changed\. See the conflicts above\.\nNext: /);
    expect(refused.stdout + refused.stderr).not.toContain(other.MQTT_SIGNATURE_KEY);
    const written = await cli(["apply", file, ...broker, "--write-key"], other);
    expect(written.code).toBe(0);
    expect(content()).toContain(`mqtt_signature_key: "${other.MQTT_SIGNATURE_KEY}"\r\n`);
    expect(written.stdout + written.stderr).not.toContain(other.MQTT_SIGNATURE_KEY);
    chmodSync(file, 0o644);
    const open = await cli(["plan", file, ...broker, "--write-key", "--json"]);
    expect(JSON.parse(open.stdout).warnings).toContainEqual(expect.objectContaining({ name: "readable_by_all" }));
  });

  it("finds the keys of the data folder", async () => {
    writeFileSync(file, "server:\n  ip: x\n");
    await runConnack(["key", "add", "--scheme", "xiaozhi-hmac"], { cwd: folder });
    expect((await cli(["apply", file, ...broker, "--write-key"], {})).code).toBe(0);
    const { signatureKey } = JSON.parse((await cli(["plan", file, ...broker, "--json"], {})).stdout);
    expect(signatureKey.state).toBe("same");
    expect(signatureKey.connack.map(({ id }: { id: string }) => id)).toEqual(["hmac-2", "hmac-1"]);
    expect(existsSync(join(folder, "connack-data/keys"))).toBe(true);
  });

  it("a read-only file stays as it is", async () => {
    chmodSync(file, 0o440);
    const result = await cli(["apply", file, ...broker]);
    expect([result.code, result.stderr, content()]).toEqual([78, expect.stringContaining("chmod u+w"), original]);
    expect(backups()).toEqual([]);
  });
});
