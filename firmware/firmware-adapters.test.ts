import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeFolder, temporaryFolder } from "../packages/server/test/run-connack.ts";
import {
  firmware,
  type SketchConfig,
  sketchIncludes,
  strict,
  writeSketchConfig,
} from "./tests-in-the-loop/build-device.ts";

const run = promisify(execFile);
const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** Every part of the sketch, with TLS and a certificate of its own. */
const everything: SketchConfig = {
  WIFI_SSID: "here",
  WIFI_PASSWORD: "",
  MQTT_HOST: "broker.example.org",
  MQTT_PORT: 8883,
  MQTT_TLS: 1,
  MQTT_CA_CERT: "PEM",
  MQTT_CLIENT_CERT: "PEM",
  MQTT_CLIENT_KEY: "PEM",
  CREDENTIAL: { name: "CREDENTIAL_KEY_PAIR" },
};

const sources = ["arduino/src/main.cpp", "arduino/src/credentials.cpp"];

/** What a compiler says of the sketch in `root`; empty where it is content. */
async function complaints(
  root: string,
  config: string,
  compiler = "g++",
  more: readonly string[] = [],
): Promise<string> {
  const includes =
    root === firmware ? sketchIncludes : sketchIncludes.map((each) => each.replace(firmware, `${root}/`));
  for (const source of sources) {
    const args = [...strict, ...more, "-fsyntax-only", "-DCONNACK_BUILT_AT=1800000000", `-I${config}`, ...includes];
    try {
      await run(compiler, [...args, join(root, source)]);
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  }
  return "";
}

let config: string;
beforeAll(() => {
  config = join(folder, "everything");
  writeSketchConfig(config, everything);
});

describe("mistakes in the adapter are seen by the compiler", { timeout: 120_000 }, () => {
  /** What a person may get wrong, each in a copy of its own. */
  const mistakes = [
    {
      name: "a method that is not there",
      file: "ports/arduino_wire.h",
      right: "client_.stop()",
      wrong: "client_.close()",
      says: /no member named ‘close’/,
    },
    {
      name: "arguments in the wrong order",
      file: "ports/arduino_wire.h",
      right: "client_.connect(host, port, timeoutMs_)",
      wrong: "client_.connect(port, host, timeoutMs_)",
      says: /no matching function|invalid conversion/,
    },
    {
      name: "a value of another type",
      file: "ports/arduino_clock.h",
      right: "SNTP_SYNC_STATUS_COMPLETED",
      wrong: "WL_CONNECTED",
      says: /comparison between|not declared/,
    },
    {
      name: "a missing argument",
      file: "ports/arduino_storage.h",
      right: "preferences.putBytes(name, value.data, value.size)",
      wrong: "preferences.putBytes(name, value.data)",
      says: /no matching function|too few arguments/,
    },
    {
      name: "a lost override",
      file: "ports/arduino_board.h",
      right: "int32_t rssi() override",
      wrong: "int32_t rssi()",
      says: /can be marked override/,
    },
    {
      name: "a method that overrides nothing",
      file: "arduino/src/main.cpp",
      right: "void onReport(const char* line) override",
      wrong: "void onReport(char* line) override",
      says: /does not override/,
    },
  ];

  it("the sketch as it is has none", async () => {
    expect(await complaints(firmware, config)).toBe("");
  });

  it.each(mistakes)("$name", async ({ name, file, right, wrong, says }) => {
    const copy = join(folder, name.replaceAll(" ", "-"));
    mkdirSync(copy);
    for (const part of ["shim", "core", "ports", "arduino"])
      cpSync(join(firmware, part), join(copy, part), { recursive: true });
    expect(await complaints(copy, config), "the copy is as good").toBe("");
    const text = readFileSync(join(copy, file), "utf8");
    expect(text.split(right).length, "the place is there, once").toBe(2);
    writeFileSync(join(copy, file), text.replace(right, wrong));
    expect(await complaints(copy, config)).toMatch(says);
  });
});

describe("every credential there is", { timeout: 120_000 }, () => {
  const of: Record<string, SketchConfig> = {
    DEVICE_KEY: { CREDENTIAL_SECRET: randomBytes(32).toString("hex") },
    SHARED_SECRET: { CREDENTIAL_SECRET: randomBytes(32).toString("hex") },
    ISSUED: { ISSUED_CLIENT_ID: "board", ISSUED_USERNAME: "board", ISSUED_PASSWORD: randomBytes(16).toString("hex") },
    TOKEN_ENDPOINT: { TOKEN_URL: "https://auth.example.org/token", CREDENTIAL_SECRET: randomBytes(32).toString("hex") },
    CHECK_IN: { CHECK_IN_URL: "https://xiaozhi.example.org/xiaozhi/ota/", MQTT_HOST: "", HTTP_CA_CERT: "PEM" },
  };

  it.each(Object.entries(of))("%s", async (kind, more) => {
    const own = join(folder, kind);
    writeSketchConfig(own, { ...everything, CREDENTIAL: { name: `CREDENTIAL_${kind}` }, ...more });
    expect(await complaints(firmware, own)).toBe("");
  });
});

describe("config.h is asked for what is needed", { timeout: 120_000 }, () => {
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(everything).filter(([name]) => !names.includes(name)));
  const cases: { name: string; config: SketchConfig | undefined; says: string }[] = [
    { name: "none at all", config: undefined, says: "copy include/config.example.h to it" },
    { name: "no credential chosen", config: without("CREDENTIAL"), says: "CREDENTIAL is not chosen" },
    { name: "TLS without a CA", config: without("MQTT_CA_CERT"), says: "anybody could be the broker" },
    { name: "half a client certificate", config: without("MQTT_CLIENT_KEY"), says: "belong together" },
    { name: "no network", config: { ...everything, WIFI_SSID: "" }, says: "WIFI_SSID is empty" },
    {
      name: "no secret",
      config: { ...everything, CREDENTIAL: { name: "CREDENTIAL_SHARED_SECRET" } },
      says: "CREDENTIAL_SECRET is needed",
    },
    {
      name: "a short secret",
      config: { ...everything, CREDENTIAL: { name: "CREDENTIAL_SHARED_SECRET" }, CREDENTIAL_SECRET: "short" },
      says: "shorter than 32 characters",
    },
    {
      name: "a check-in nowhere",
      config: { ...everything, CREDENTIAL: { name: "CREDENTIAL_CHECK_IN" } },
      says: "CREDENTIAL_CHECK_IN needs CHECK_IN_URL",
    },
    {
      name: "half a device key",
      config: {
        ...everything,
        CREDENTIAL: { name: "CREDENTIAL_DEVICE_KEY" },
        CREDENTIAL_SECRET: randomBytes(16).toString("hex"),
      },
      says: "64 hexadecimal digits",
    },
  ];

  it.each(cases)("$name", async ({ name, config: given, says }) => {
    const own = join(folder, `config-${name.replaceAll(" ", "-")}`);
    mkdirSync(own);
    if (given !== undefined) writeSketchConfig(own, given);
    expect(await complaints(firmware, own)).toContain(says);
  });

  it("the example is not enough", async () => {
    const own = join(folder, "example");
    mkdirSync(own);
    cpSync(join(firmware, "arduino/include/config.example.h"), join(own, "config.h"));
    expect(await complaints(firmware, own)).toContain("CREDENTIAL is not chosen");
  });
});

describe("other compilers and checkers", { timeout: 300_000 }, () => {
  /** Only mbedTLS of this machine's headers: the rest are another processor's. */
  const mbedtlsAlone = () => {
    const own = join(folder, "mbedtls");
    mkdirSync(own, { recursive: true });
    for (const each of ["mbedtls", "psa"]) symlinkSync(`/usr/include/${each}`, join(own, each));
    return own;
  };

  it("clang++", async () => {
    expect(await complaints(firmware, config, "clang++")).toBe("");
  });

  it("g++ for 32 bits", async () => {
    expect(await complaints(firmware, config, "g++", ["-m32"])).toBe("");
  });

  it("Xtensa LX106", async () => {
    const headers = ["-x", "c++", `-I${mbedtlsAlone()}`, "-isystem", "/usr/lib/xtensa-lx106-elf/include"];
    expect(await complaints(firmware, config, "xtensa-lx106-elf-gcc", headers)).toBe("");
  });

  const inFirmware = (...folders: string[]) => folders.map((each) => `-I${join(firmware, each)}`);
  const idf = {
    files: ["esp-idf/main/main.cpp", "esp-idf/components/connack/esp_mqtt_device.cpp"].map((file) =>
      join(firmware, file),
    ),
    includes: inFirmware("shim/esp-idf", "shim", "core/include", "ports", "esp-idf/components/connack/include"),
    defines: [
      '-DCONFIG_CONNACK_BROKER_URI="mqtts://broker.example.org"',
      `-DCONFIG_CONNACK_DEVICE_KEY="${randomBytes(32).toString("hex")}"`,
      ...['-DCONFIG_CONNACK_TOKEN_ISSUER=""', '-DCONFIG_CONNACK_TOKEN_AUDIENCE=""', "-DCONNACK_BUILT_AT=1800000000"],
    ],
  };
  const syntax = (compiler: string, ...more: string[]) => run(compiler, [...strict, "-fsyntax-only", ...more]);

  it.each(["g++", "clang++"])("%s: the ESP-IDF component and its example", async (compiler) => {
    for (const file of idf.files) await syntax(compiler, ...idf.includes, ...idf.defines, file);
  });

  it("a misspelt field of esp-mqtt's configuration is seen", async () => {
    const copy = join(folder, "misspelt.cpp");
    const text = readFileSync(idf.files[0] as string, "utf8");
    writeFileSync(copy, text.replace("session.keepalive", "session.keep_alive"));
    await expect(syntax("g++", ...idf.includes, ...idf.defines, copy)).rejects.toThrow(/no member named ‘keep_alive’/);
  });

  it.each(["g++", "clang++"])("%s: the PubSubClient example", async (compiler) => {
    const includes = inFirmware("shim/pubsubclient", "shim", "core/include", "ports", "arduino/include", "arduino/src");
    const file = join(firmware, "examples/pubsubclient/src/main.cpp");
    await syntax(compiler, ...includes, `-I${config}`, "-DCONNACK_BUILT_AT=1800000000", file);
  });

  const own = [...sources, "host/connack_device_host.cpp", "host/host_credentials.cpp", "host/host_options.cpp"];
  const ported = ["ports/posix_wire.cpp", "ports/posix_storage.cpp"];
  const checked = [...own, ...ported].map((file) => join(firmware, file));

  it("cppcheck", async () => {
    const args = ["--std=c++17", "--platform=unix32", "--enable=warning,performance,portability", "--error-exitcode=1"];
    const includes = [...sketchIncludes, `-I${join(firmware, "host")}`, `-I${config}`];
    const ignored = [
      "--inline-suppr",
      "--quiet",
      "--suppress=missingIncludeSystem",
      "--suppress=preprocessorErrorDirective",
    ];
    const { stderr } = await run("cppcheck", [
      ...args,
      ...ignored,
      "-DCONNACK_BUILT_AT=1800000000",
      ...includes,
      ...checked,
    ]);
    expect(stderr).toBe("");
  });

  it("clang-tidy", async () => {
    const checks =
      "-*,bugprone-*,cert-*,clang-analyzer-*,performance-*,-bugprone-easily-swappable-parameters,-cert-err33-c";
    const flags = [...strict.filter((flag) => flag !== "-Werror"), "-DCONNACK_BUILT_AT=1800000000"];
    const includes = [...sketchIncludes, `-I${join(firmware, "host")}`, `-I${config}`];
    const args = [`--checks=${checks}`, "--warnings-as-errors=*", "--quiet", ...checked, "--", ...flags, ...includes];
    const { stdout } = await run("clang-tidy", args, { maxBuffer: 1 << 24 }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  });
});
