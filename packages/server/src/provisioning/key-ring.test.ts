import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DataFolder, openDataFolder } from "../state/data-folder.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import type { KeyRecord } from "./key-record.ts";
import { type ConfiguredKey, KeyExists, openKeyRing } from "./key-ring.ts";
import { RefusedKey } from "./prepare-key.ts";

let base: string;
let folder: DataFolder;
const now = () => new Date("2026-01-02T03:04:05.000Z");

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "connack-keys-"));
  folder = openDataFolder(join(base, "data"));
});
afterEach(() => {
  folder.release();
  rmSync(base, { recursive: true, force: true });
});

function reopen(): void {
  folder.release();
  folder = openDataFolder(join(base, "data"));
}

const open = (more: Partial<Parameters<typeof openKeyRing>[0]> = {}) =>
  openKeyRing({ folder, configured: [], schemes: ["xiaozhi-hmac", "jwt"], allowWeakKey: false, now, ...more });

function configured(secret: string, scheme: "xiaozhi-hmac" | "jwt" = "xiaozhi-hmac"): ConfiguredKey {
  const algorithm = scheme === "jwt" ? "HS256" : "HMAC-SHA256";
  const record: KeyRecord = {
    version: 1,
    id: `${scheme}-configured`,
    scheme,
    algorithm,
    secret,
    generation: 1,
    createdAt: now().toISOString(),
    origin: "configuration",
  };
  return { record, where: "MQTT_SIGNATURE_KEY" };
}

const strong = () => randomBytes(32).toString("hex");

describe("a new folder", () => {
  it("gets a key for each scheme, different every time, for the owner's eyes only", () => {
    const ring = open();
    expect(ring.keys().map(({ id, algorithm, generation }) => [id, algorithm, generation])).toEqual([
      ["hmac-1", "HMAC-SHA256", 1],
      ["jwt-1", "HS256", 1],
    ]);
    const [first, second] = ring.keys().map((key) => key.key.export().toString("hex"));
    expect(first).not.toBe(second);
    expect(ring.warnings()).toEqual([]);
    for (const name of readdirSync(folder.file("keys")))
      expect(statSync(folder.file("keys", name)).mode & 0o777).toBe(0o600);
  });

  it("gets none when one is configured, whichever it is", () => {
    expect(
      open({ configured: [configured(strong())] })
        .keys()
        .map((key) => key.id),
    ).toEqual(["xiaozhi-hmac-configured"]);
    expect(readdirSync(folder.file("keys"))).toEqual([]);
  });

  it("whose first start was interrupted gets what is still missing, and keeps what is there", () => {
    const secret = open()
      .keys()
      .find((key) => key.id === "hmac-1")
      ?.key.export()
      .toString();
    rmSync(folder.file("keys", "jwt-1.json"));
    writeFileSync(
      folder.file("instance.json"),
      JSON.stringify({ version: 1, createdAt: now().toISOString(), files: [] }),
    );
    reopen();
    const ring = open();
    expect(ring.keys().map((key) => key.id)).toEqual(["hmac-1", "jwt-1"]);
    expect(ring.keys()[0]?.key.export().toString()).toBe(secret);
  });
});

describe("an existing folder", () => {
  beforeEach(() => folder.remember("registry.db"));

  it("with no key at all and none configured is damaged: nothing is made up", () => {
    expect(() => open()).toThrow(DamagedFolder);
    expect(readdirSync(folder.file("keys"))).toEqual([]);
  });

  it("notices that a configured key has vanished, by the name of its setting", () => {
    open({ configured: [configured(strong()), configured(strong(), "jwt")] });
    expect(() => open({ configured: [configured(strong(), "jwt")] })).toThrow(/MQTT_SIGNATURE_KEY/);
    expect(() => open({ configured: [configured(strong(), "jwt")], schemes: ["jwt"] })).not.toThrow();
  });

  it.each(["", "{", "{}", '{"version":1,"id":"x"}'])("names a key file that is damaged: %j", (content) => {
    writeFileSync(folder.file("keys", "jwt-7.json"), content);
    expect(() => open({ configured: [configured(strong())] })).toThrow(/keys\/jwt-7\.json/);
  });

  it("adopts a key that was written just before a crash", () => {
    const ring = open({ configured: [configured(strong())] });
    const [{ id } = { id: "" }] = ring.add({ scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong() });
    const content = readFileSync(folder.file("keys", `${id}.json`), "utf8").replaceAll(id, "jwt-9");
    writeFileSync(folder.file("keys", "jwt-9.json"), content);
    open({ configured: [configured(strong())] });
    expect(folder.has("keys/jwt-9.json")).toBe(true);
  });
});

describe("add", () => {
  it("takes effect at once, counts generations, and is there after a restart", () => {
    const ring = open();
    const before = ring.keys();
    const [added] = ring.add({ scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong() });
    expect(added).toMatchObject({ id: "jwt-2", generation: 2, canIssue: true });
    expect(ring.keys()).not.toBe(before);
    expect(ring.issuingKey("jwt")?.record.id).toBe("jwt-2");
    expect(ring.issuingKey("jwt", "jwt-1")?.record.id).toBe("jwt-1");
    reopen();
    expect(
      open()
        .keys()
        .map((key) => key.id),
    ).toEqual(["hmac-1", "jwt-1", "jwt-2"]);
  });

  it("a public key checks, and cannot issue", () => {
    const ring = open();
    const { publicKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    expect(ring.add({ scheme: "jwt", algorithm: "ES256", origin: "added", publicKey })).toMatchObject([
      { canIssue: false },
    ]);
    expect(ring.issuingKey("jwt")?.record.id).toBe("jwt-1");
  });

  it.each(["../../evil", "-begins-with-dash", "https://issuer.example/keys/1", "a b", "x".repeat(128)])(
    "keeps the id %j inside the folder, and reads it back",
    (id) => {
      open().add({ scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong(), id });
      expect(readdirSync(base).sort()).toEqual(["data"]);
      expect(readdirSync(folder.file("keys"))).toHaveLength(3);
      reopen();
      expect(
        open()
          .keys()
          .map((key) => key.id),
      ).toContain(id);
    },
  );

  it("the same key is not added under a second name", () => {
    const ring = open();
    const key = { scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong() } as const;
    ring.add(key);
    expect(() => ring.add({ ...key, id: "twin" })).toThrow(/this is key jwt-2 already/);
    const base64 = Buffer.from(key.secret).toString("base64");
    expect(() => ring.add({ ...key, secret: base64, secretEncoding: "base64" })).toThrow(KeyExists);
  });

  it("several are added all or none", () => {
    const ring = open();
    const key = { scheme: "jwt", algorithm: "HS256", origin: "added" } as const;
    const keys = ["new-a", "jwt-1", "new-b"].map((id) => ({ ...key, id, secret: strong() }));
    expect(() => ring.add(...keys)).toThrow(KeyExists);
    expect(readdirSync(folder.file("keys")).sort()).toEqual(["hmac-1.json", "jwt-1.json"]);
    expect(() => ring.add({ ...key, id: "\u0007", secret: strong() })).toThrow();
  });

  it("refuses an id that is taken and a weak secret, and then has changed nothing", () => {
    const ring = open();
    const key = { scheme: "jwt", algorithm: "HS256", origin: "added" } as const;
    expect(() => ring.add({ ...key, id: "hmac-1", secret: strong() })).toThrow(KeyExists);
    expect(() => ring.add({ ...key, secret: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })).toThrow(RefusedKey);
    expect(readdirSync(folder.file("keys")).sort()).toEqual(["hmac-1.json", "jwt-1.json"]);
    expect(ring.keys()).toHaveLength(2);
  });
});

it("a weak key is refused with the name of its place; let through, it is shown everywhere", () => {
  const weak = configured("test-signature-key-12345");
  expect(() => open({ configured: [weak] })).toThrow(/^MQTT_SIGNATURE_KEY: /);
  const ring = open({ configured: [weak], allowWeakKey: true });
  expect(ring.warnings().join()).toContain("WEAK KEY");
  expect(ring.summaries()[0]?.weakness).toBeTypeOf("string");
  expect(() => open({ configured: [configured("null")], allowWeakKey: true })).toThrow(RefusedKey);
});
