import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readYamlSettings } from "./read-yaml-settings.ts";
import { problemOfSetting } from "./setting.ts";

const secret = randomBytes(16).toString("hex");

/** Every problem of the file, and of the values in it. */
function problemsOf(...lines: string[]): string[] {
  const read = readYamlSettings(lines.join("\n"), "c.yaml");
  const ofValues = read.settings.flatMap((setting) => {
    const problem = problemOfSetting(setting);
    return problem === undefined ? [] : [problem];
  });
  const texts = [...read.problems, ...ofValues].map(({ place, problem }) => `${place}: ${problem}`);
  for (const text of texts) expect(text).not.toContain(secret);
  return texts;
}

function valuesOf(text: string) {
  const { settings, problems } = readYamlSettings(text, "c.yaml");
  expect(problems).toEqual([]);
  return Object.fromEntries(settings.map(({ key, value, source }) => [key.key, { value, source }]));
}

describe("readYamlSettings reads", () => {
  it("nested keys with the line they stand on", () => {
    expect(
      valuesOf("http:\n  brokers:\n    port: 9003\n    allowFrom: [10.0.0.0/8, '::1']\nlog: {level: debug}\n"),
    ).toEqual({
      "http.brokers.port": { value: 9003, source: "c.yaml:3" },
      "http.brokers.allowFrom": { value: ["10.0.0.0/8", "::1"], source: "c.yaml:4" },
      "log.level": { value: "debug", source: "c.yaml:5" },
    });
  });

  it("mappings, Windows line ends and aliases", () => {
    expect(
      valuesOf("credentials:\r\n  jwt:\r\n    requiredClaims: {tenant: acme, tier: 2, beta: true}\r\n"),
    ).toMatchObject({
      "credentials.jwt.requiredClaims": { value: { tenant: "acme", tier: 2, beta: true } },
    });
    expect(valuesOf("http: {brokers: {host: &h 192.0.2.1}}\nbrokers: {embedded: {host: *h}}")).toMatchObject({
      "brokers.embedded.host": { value: "192.0.2.1" },
    });
  });

  it.each(["", "\n", "# nothing\n", "---\n", "http:\n", "http:\n  brokers:\n    # port: 1\n", "{}"])(
    "%j as nothing",
    (text) => {
      expect(valuesOf(text)).toEqual({});
    },
  );

  it("a quoted secret exactly as it is, whatever its characters", () => {
    for (const key of [secret, "null-and-void", "a #b", "*a", "&a b", "!a", "12345", " a ", "a: b", "@x`", "密钥"]) {
      expect(valuesOf(`credentials: {xiaozhiHmac: {key: ${JSON.stringify(key)}}}`)).toMatchObject({
        "credentials.xiaozhiHmac.key": { value: key },
      });
    }
  });
});

describe("readYamlSettings refuses", () => {
  it("unknown keys, naming the nearest", () => {
    expect(
      problemsOf(
        "devices:",
        "  enrollment: approve",
        "htpp: {}",
        "enrolment: refuse",
        "port: 1883",
        "xyzzy: 1",
        "http.brokers.port: 1",
        "log: {Level: info}",
        "1: 2",
      ),
    ).toEqual([
      "c.yaml:2:3: unknown key `enrollment`; did you mean `enrolment`?",
      "c.yaml:3:1: unknown key `htpp`; did you mean `http`?",
      "c.yaml:4:1: unknown key `enrolment`; did you mean `devices.enrolment`?",
      "c.yaml:5:1: unknown key `port`; did you mean `http.brokers.port` or `http.admin.port` or `brokers.embedded.port`?",
      "c.yaml:6:1: unknown key `xyzzy`",
      "c.yaml:7:1: unknown key `http.brokers.port`; write it as nested keys, one below the other",
      "c.yaml:8:7: unknown key `Level`; did you mean `level`?",
      "c.yaml:9:1: unknown key `1`",
    ]);
  });

  it("names that are built into objects", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(problemsOf(`${name}: 1`)).toEqual([`c.yaml:1:1: unknown key \`${name}\``]);
    }
  });

  it("long and odd names without repeating them whole", () => {
    expect(problemsOf(`"a\\nb${"x".repeat(500)}": 1`)).toEqual([`c.yaml:1:1: unknown key \`a?b${"x".repeat(57)}…\``]);
  });

  it("values of the wrong type, saying what is expected", () => {
    expect(
      problemsOf(
        "http: {brokers: {port: '8003', host: 127, allowFrom: 10.0.0.0/8, allowedHosts: ['http://a']}}",
        "brokers: {denyStatus: 403, embedded: {enabled: yes, maxPacketBytes: 1.5}}",
        "credentials: {jwt: {leeway: 1w, audience: [], requiredClaims: {a: [1]}, identity: ''}}",
        "log: {level: verbose}",
        "devices: {enrolment:}",
      ),
    ).toEqual([
      "c.yaml:1:24: `http.brokers.port`: expected whole number from 0 to 65535",
      "c.yaml:1:38: `http.brokers.host`: expected text",
      "c.yaml:1:54: `http.brokers.allowFrom`: expected list of IP addresses or CIDR networks",
      "c.yaml:1:80: `http.brokers.allowedHosts`: expected list of host names",
      "c.yaml:2:23: `brokers.denyStatus`: expected 200 or 401",
      "c.yaml:2:48: `brokers.embedded.enabled`: expected true or false",
      "c.yaml:2:69: `brokers.embedded.maxPacketBytes`: expected whole number from 1024 to 268435460",
      "c.yaml:3:29: `credentials.jwt.leeway`: expected duration such as 30s, 15m, 1h or 7d, or a whole number of seconds",
      "c.yaml:3:43: `credentials.jwt.audience`: expected text or list of texts",
      "c.yaml:3:63: `credentials.jwt.requiredClaims`: expected mapping of names to a text, a number or true/false",
      "c.yaml:3:83: `credentials.jwt.identity` is empty; give it a value or remove it",
      "c.yaml:4:14: `log.level`: expected trace, debug, info, warn or error",
      "c.yaml:5:21: `devices.enrolment` has no value; give it one or remove it",
    ]);
  });

  it("a section that is no section, a key that is one, a list of lists", () => {
    expect(problemsOf("http: 8003", "log: {level: {info: 1}}", "devices: []")).toEqual([
      "c.yaml:1:1: `http` is a section: its keys belong on the next lines, indented",
      "c.yaml:3:1: `devices` is a section: its keys belong on the next lines, indented",
      "c.yaml:2:14: `log.level`: expected trace, debug, info, warn or error",
    ]);
    expect(problemsOf("http: {brokers: {allowFrom: [[10.0.0.0/8]]}}")).toHaveLength(1);
  });

  it("secrets that YAML does not read as text, or not as the whole text", () => {
    const of = (value: string) => problemsOf("credentials:", "  xiaozhiHmac:", `    key: ${value}`);
    const quotes = "put the value in quotes";
    const name = "c.yaml:3:10: `credentials.xiaozhiHmac.key`";
    expect(of("12345678901234567890")).toEqual([`${name} is read as a number, not as text; ${quotes}`]);
    expect(of("0x1F")).toEqual([`${name} is read as a number, not as text; ${quotes}`]);
    expect(of("1e400")).toEqual([`${name} is read as a number, not as text; ${quotes}`]);
    expect(of("true")).toEqual([`${name} is read as a boolean, not as text; ${quotes}`]);
    expect(of(`[${secret}]`)).toEqual([`${name} is read as a list, not as text; ${quotes}`]);
    expect(of(`{${secret}: 1}`)).toEqual([`${name} is read as a mapping, not as text; ${quotes}`]);
    expect(of(`&${secret} x`)).toEqual([
      "c.yaml:3:10: `credentials.xiaozhiHmac.key`: `&` begins an anchor in YAML; put the value in quotes".replace(
        "3:10",
        `3:${secret.length + 12}`,
      ),
    ]);
    expect(of(`abcd #${secret}`)).toEqual([`${name}: what follows \` #\` is a comment to YAML; ${quotes}`]);
    expect(of("abcd # the fleet key")).toEqual([]);
    expect(problemsOf(`http: {brokers: {host: &a ${secret}}}`, "credentials: {jwt: {secret: *a}}")).toEqual([
      `c.yaml:2:29: \`credentials.jwt.secret\`: \`*\` begins an alias in YAML; ${quotes}`,
    ]);
    for (const broken of [
      `*${secret}`,
      `!${secret} x`,
      `@${secret}`,
      `\`${secret}`,
      `"${secret}\\q"`,
      `"${secret}`,
      `a: ${secret}`,
      `%${secret}`,
    ]) {
      const [problem, ...more] = of(broken);
      expect(problem, broken).toMatch(/^c\.yaml:[34]:\d+: .*(quote|escape)/);
      expect(more.length, broken).toBeLessThan(3);
    }
  });

  it("secrets that were never set", () => {
    const of = (value: string) => problemsOf(`credentials: {jwt: {secret: ${value}}}`);
    const name = "c.yaml:1:29: `credentials.jwt.secret`";
    for (const value of ["null", "~", ""]) {
      expect(of(value).join()).toMatch(
        /^c\.yaml:1:\d+: `credentials\.jwt\.secret` has no value; give it one or remove it$/,
      );
    }
    expect(of("'  '")).toEqual([`${name} is empty; give it a value or remove it`]);
    for (const value of ["'null'", "undefined", "'None'"]) {
      expect(of(value)).toEqual([
        `${name} is the word that programs write for "not set"; give it a value or remove it`,
      ]);
    }
    for (const value of ["<your key>", `'$\{JWT_SECRET}'`, "你的密钥"]) {
      expect(of(value)).toEqual([`${name} is still the placeholder of an example; give it a value or remove it`]);
    }
  });

  it("broken YAML, with our words and the place", () => {
    expect(problemsOf("log:", "\tlevel: info")).toEqual(["c.yaml:2:1: a tab cannot indent in YAML; use spaces"]);
    expect(problemsOf("log: {level: info}", "log: {level: debug}")).toEqual([
      "c.yaml:2:1: this key is there twice in its section",
    ]);
    expect(problemsOf("a: 1", "---", "b: 2")).toEqual([
      "c.yaml:2:1: `---` begins a second document; keep everything in one",
    ]);
    expect(problemsOf("- a", "- b")).toEqual(["c.yaml:1:1: the file has to consist of `key: value` lines"]);
    expect(problemsOf(secret)).toEqual(["c.yaml:1:1: the file has to consist of `key: value` lines"]);
    expect(problemsOf("log: {level: info")[0]).toMatch(/^c\.yaml:1:18: .*bracket/);
    expect(problemsOf("log:", "    level: info", "  format: json")[0]).toMatch(/^c\.yaml:3:1: the indentation/);
    expect(problemsOf("log: !!python/object:os.system {}")[0]).toMatch(/^c\.yaml:1:6: `!` begins a tag/);
  });

  it("aliases that would multiply", () => {
    const bomb = ["xyzzy:", "  a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let level = 1; level < 9; level++) {
      const before = String.fromCharCode(96 + level);
      const name = String.fromCharCode(97 + level);
      bomb.push(`  ${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(",")}]`);
    }
    expect(problemsOf(...bomb, "http: {brokers: {allowFrom: *i}}")).toEqual([
      "c.yaml:1:1: unknown key `xyzzy`",
      "c.yaml:11:29: `http.brokers.allowFrom`: expected list of IP addresses or CIDR networks",
    ]);
    const many = `[${Array.from({ length: 101 }, () => "*a").join(", ")}]`;
    expect(problemsOf(`http: {brokers: {host: &a 10.0.0.1, allowFrom: ${many}}}`)).toHaveLength(1);
  });

  it("endless nesting", () => {
    expect(problemsOf(`a: ${"[".repeat(200_000)}`)[0]).toBeDefined();
    expect(problemsOf("log: &log {level: *log}")).toHaveLength(1);
  });
});
