import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { OperationError } from "../operations/operation.ts";
import { keyFingerprint } from "./key-fingerprint.ts";
import { type PlanOptions, planChange } from "./plan-change.ts";

const newKey = () => `Aa${randomBytes(16).toString("hex")}`;
const gateway = { host: "mqtt.example.org", port: 1883 };
const plan = (text: string, more: Partial<PlanOptions> = {}) =>
  planChange(text, { file: "c.yaml", gateway, keys: [], writeKey: false, ...more });
const names = (remarks: { name: string }[]) => remarks.map(({ name }) => name);

describe("where mqtt_gateway is written", () => {
  it.each([
    [
      "text",
      "server:\n  mqtt_gateway: 192.0.2.1:1883 # old\n",
      "server:\n  mqtt_gateway: mqtt.example.org:1883 # old\n",
    ],
    ["text in quotes", "server:\n  mqtt_gateway: 'a:1'\n", "server:\n  mqtt_gateway: 'mqtt.example.org:1883'\n"],
    [
      "an alias",
      "x: &a h:1\nserver:\n  mqtt_gateway: *a\n",
      "x: &a h:1\nserver:\n  mqtt_gateway: mqtt.example.org:1883\n",
    ],
    ["nothing", "server:\n  mqtt_gateway:\n  ip: x\n", "server:\n  mqtt_gateway: mqtt.example.org:1883\n  ip: x\n"],
    [
      "nothing and a comment",
      "server:\n  mqtt_gateway:#x\n".replace("#", " #"),
      "server:\n  mqtt_gateway: mqtt.example.org:1883 #x\n",
    ],
    ["the text null", "server:\n  mqtt_gateway: 'null'\n", "server:\n  mqtt_gateway: 'mqtt.example.org:1883'\n"],
    [
      "no such key",
      "server:\n    ip: x\n\n# log\nlog: {}\n",
      "server:\n    ip: x\n    mqtt_gateway: mqtt.example.org:1883\n\n# log\nlog: {}\n",
    ],
    ["no server", "log: {}\n", "log: {}\nserver:\n  mqtt_gateway: mqtt.example.org:1883\n"],
    ["an empty server", "server:\nlog: {}\n", "server:\n  mqtt_gateway: mqtt.example.org:1883\nlog: {}\n"],
    ["an empty file", "", "server:\n  mqtt_gateway: mqtt.example.org:1883\n"],
    ["only a comment", "# none", "# none\nserver:\n  mqtt_gateway: mqtt.example.org:1883"],
    ["server in braces", "server: {ip: x}\n", 'server: {ip: x, mqtt_gateway: "mqtt.example.org:1883"}\n'],
    ["empty braces", "server: {} # x\n", 'server: {mqtt_gateway: "mqtt.example.org:1883"} # x\n'],
    ["CRLF", "server:\r\n  ip: x\r\n", "server:\r\n  ip: x\r\n  mqtt_gateway: mqtt.example.org:1883\r\n"],
    [
      "a byte order mark",
      "\uFEFFserver:\n  ip: x\n",
      "\uFEFFserver:\n  ip: x\n  mqtt_gateway: mqtt.example.org:1883\n",
    ],
    [
      "a stripped text block at the end",
      "server:\n  note: >-\n    x",
      "server:\n  note: >-\n    x\n  mqtt_gateway: mqtt.example.org:1883",
    ],
    ["an end mark", "server:\n  ip: x\n...\n", "server:\n  ip: x\n  mqtt_gateway: mqtt.example.org:1883\n...\n"],
  ])("%s", (_what, before, after) => {
    const done = plan(before);
    expect([done.form, done.text]).toEqual(["string", after]);
    expect(done.changes).toMatchObject([{ setting: "server.mqtt_gateway", to: "mqtt.example.org:1883" }]);
  });

  it("a mapping keeps its form, its other members and its order", () => {
    const before =
      "server:\n  mqtt_gateway:   # fork\n    port: 1884 # was moved\n    note: x\n    broker: '192.0.2.1'\n  ip: y\n";
    const done = plan(before, { gateway: { ...gateway, udpPort: 8884 } });
    expect([done.form, done.text]).toEqual([
      "object",
      "server:\n  mqtt_gateway:   # fork\n    port: 1883 # was moved\n    note: x\n    broker: 'mqtt.example.org'\n    enabled: true\n    udp_port: 8884\n  ip: y\n",
    ]);
    expect(done.changes.map(({ setting }) => setting)).toEqual([
      "server.mqtt_gateway.enabled",
      "server.mqtt_gateway.broker",
      "server.mqtt_gateway.port",
      "server.mqtt_gateway.udp_port",
    ]);
  });

  it("a new mapping is written as the fork has it", () => {
    const done = plan("server:\n  ip: x\n", { form: "object" });
    expect(done.text).toBe(
      "server:\n  ip: x\n  mqtt_gateway:\n    enabled: true\n    broker: mqtt.example.org\n    port: 1883\n    udp_port: 8884\n",
    );
  });

  it("without a gateway the form is that of the server the file belongs to", () => {
    expect(plan("server:\n  mqtt_signature_key: x\n").form).toBe("string");
    expect(plan("server:\n  websocket: ws://a.example.org:8000/toy/v1/\n").form).toBe("object");
    expect(plan("server:\n  ip: x\n")).toMatchObject({
      form: "string",
      formReason: expect.stringContaining("upstream"),
    });
  });

  it("a form that is there is not changed to another", () => {
    const { conflicts } = plan("server:\n  mqtt_gateway: a:1\n", { form: "object" });
    expect(names(conflicts)).toContain("other_form");
  });

  it("what was there and may hold a password is not shown", () => {
    const { changes } = plan('server:\n  mqtt_gateway: "mqtt://me:secret@a:1"\n');
    expect(changes).toMatchObject([{ from: "(something else)" }]);
  });
});

describe("a file that cannot be changed safely is told with its place", () => {
  it.each([
    ["a tab as indent", "server:\n\tip: x\n", /c\.yaml:2:1: a tab cannot indent/],
    ["two documents", "server:\n  ip: x\n---\na: 1\n", /second document/],
    ["server twice", "server: {a: 1}\nserver: {b: 1}\n", /c\.yaml:2:1: server is there twice in the file/],
    [
      "the gateway twice",
      "server:\n  mqtt_gateway: a:1\n  mqtt_gateway: b:1\n",
      /c\.yaml:3:3: mqtt_gateway is there twice/,
    ],
    [
      "the key twice",
      "server:\n  mqtt_signature_key: a\n  mqtt_signature_key: a\n",
      /mqtt_signature_key is there twice/,
    ],
    ["the port twice", "server:\n  mqtt_gateway: {port: 1, port: 2}\n", /port is there twice/],
    ["an anchor that is used", "server:\n  mqtt_gateway: &a h:1\nb: *a\n", /anchor &a is used elsewhere/],
    ["a server that is used", "server: &s\n  ip: x\nb: *s\n", /anchor &s is used elsewhere/],
    ["a server that is an alias", "a: &a {}\nserver: *a\n", /server is an alias/],
    [
      "a gateway mapping that is an alias",
      "a: &a {port: 1}\nserver:\n  mqtt_gateway: *a\n",
      /mqtt_gateway is an alias/,
    ],
    ["a gateway that is merged", "a: &a {mqtt_gateway: h:1}\nserver:\n  <<: *a\n", /comes from elsewhere by <</],
    ["a text block", "server:\n  mqtt_gateway: |\n    a:1\n", /text block/],
    ["a list", "server:\n  mqtt_gateway: [a]\n", /neither host:port nor/],
    ["a number", "server:\n  mqtt_gateway: 1883\n", /neither host:port nor/],
    ["a server that is a text", "server: x\n", /server is not a section/],
    ["a key that is a number", "server:\n  mqtt_signature_key: 12345678\n", /read as a number/],
    ["a broken quote", "server:\n  ip: 'x\n", /quote/],
    ["a text block that would get a line end", "server:\n  note: |\n    x", /ends inside a text block/],
    ["a file in braces", "{log: {}}", /in braces/],
    ["a list as file", "- server\n", /key: value/],
  ])("%s", (_what, text, message) => {
    expect(() => plan(text)).toThrow(OperationError);
    expect(() => plan(text)).toThrow(message);
  });

  it("a key that is there twice elsewhere is the server's own affair", () => {
    expect(plan("server:\n  ip: x\nlog: 1\nlog: 2\n").changes).toHaveLength(1);
  });
});

describe("the signature key", () => {
  const key = newKey();
  const withKey = (value: string) =>
    `server:\n  mqtt_gateway: mqtt.example.org:1883\n  mqtt_signature_key: "${value}"\n`;
  const ring = (...keys: string[]) =>
    keys.map((each, index) => ({ id: `hmac-${9 - index}`, generation: 9 - index, key: each }));

  it("the same on both sides: nothing to do", () => {
    const done = plan(withKey(key), { keys: ring(key) });
    expect(done).toMatchObject({ changes: [], warnings: [], conflicts: [], key: { state: "same" } });
    expect(plan(withKey(key), { keys: ring(key), writeKey: true }).changes).toEqual([]);
  });

  it("an older key of Connack is good, and told", () => {
    expect(names(plan(withKey(key), { keys: ring(newKey(), key) }).warnings)).toEqual(["older_key"]);
  });

  it("the newest key is written", () => {
    const [newest, older] = [newKey(), newKey()];
    expect(plan(withKey(""), { keys: ring(newest, older), writeKey: true }).text).toBe(withKey(newest));
    expect(plan(withKey(older), { keys: ring(newest, older), writeKey: true }).text).toBe(withKey(newest));
  });

  it("another key is a conflict, told by fingerprint; --write-key replaces it", () => {
    const other = newKey();
    const done = plan(withKey(key), { keys: ring(other) });
    expect([done.key.state, names(done.conflicts), done.changes]).toEqual(["differs", ["keys_differ"], []]);
    expect(done.conflicts[0]?.sentence).toContain(keyFingerprint(key));
    expect(done.conflicts[0]?.sentence).toContain(keyFingerprint(other));
    const written = plan(withKey(key), { keys: ring(other), writeKey: true });
    expect([written.conflicts, names(written.warnings)]).toEqual([[], ["key_replaced"]]);
    expect(written.text).toBe(withKey(other));
    const { text: _text, ...shown } = written;
    expect(JSON.stringify({ ...shown, key: { ...shown.key, toWrite: undefined } })).not.toMatch(
      new RegExp(`${key}|${other}`),
    );
  });

  it.each(["", "null", "<your key>", "你的密钥"])(
    "%j in the file is none: devices would get an empty password",
    (value) => {
      expect(names(plan(withKey(value), { keys: ring(key) }).conflicts)).toEqual(["file_has_no_key"]);
      const written = plan(withKey(value), { keys: ring(key), writeKey: true });
      expect([written.conflicts, written.text]).toEqual([[], withKey(key)]);
    },
  );

  it("Connack without a key is told how to get it", () => {
    const { warnings, conflicts } = plan(withKey(key));
    expect([names(warnings), conflicts]).toEqual([["connack_has_no_key"], []]);
    expect(warnings[0]?.next).toMatch(/xiaozhi\.configFile: c\.yaml.*MQTT_SIGNATURE_KEY.*connack key add/);
  });

  it("none on either side is a conflict", () => {
    expect(names(plan("server:\n  ip: x\n", { writeKey: true }).conflicts)).toEqual(["no_key"]);
  });

  it("the fork takes it from its environment: that is said, and no conflict", () => {
    const { warnings, conflicts } = plan("server:\n  mqtt_gateway: {broker: a}\n", { keys: ring(key) });
    expect([names(warnings), conflicts]).toEqual([["key_from_environment"], []]);
    expect(warnings[0]?.next).toContain(keyFingerprint(key));
  });

  it.each(["'quoted\" # {x}'", "1e10", "0x12", "a\\b: c", "schlüssel\u2028\u{1f511}"])(
    "%j is written as it is",
    (odd) => {
      const done = plan("server:\n  mqtt_signature_key:\n", { keys: ring(odd), writeKey: true });
      expect(plan(done.text, { keys: ring(odd) }).key.state).toBe("same");
    },
  );
});

it("says what speaks against the gateway", () => {
  expect(names(plan("manager-api:\n  url: http://a.example.org/xiaozhi\n").warnings)).toContain(
    "settings_from_console",
  );
  expect(names(plan("manager-api:\n  url: http://你的ip/xiaozhi\n").warnings)).not.toContain("settings_from_console");
  expect(names(plan("", { gateway: { host: "127.0.0.1", port: 8883 } }).warnings)).toEqual(
    expect.arrayContaining(["local_address", "tls_port"]),
  );
});
