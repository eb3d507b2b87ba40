import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DataFolder, openDataFolder } from "../state/data-folder.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import type { KeyRecord } from "./key-record.ts";
import { type ConfiguredKey, KeyExists, type KeyRing, type KeySettings, openKeyRing } from "./key-ring.ts";
import { RefusedKey } from "./prepare-key.ts";

let base: string;
let folder: DataFolder;
const now = () => new Date("2026-01-02T03:04:05.000Z");

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "connack-keys-"));
  folder = await openDataFolder(join(base, "data"));
});
afterEach(async () => {
  await folder.release();
  rmSync(base, { recursive: true, force: true });
});

async function reopen(): Promise<void> {
  await folder.release();
  folder = await openDataFolder(join(base, "data"));
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

const idsOf = (ring: KeyRing) => ring.keys().map(({ id }) => id);

const strong = () => randomBytes(32).toString("hex");

describe("a new folder", () => {
  it("gets a key for each scheme, different every time, for the owner's eyes only", async () => {
    const ring = await open();
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

  it("gets none when one is configured, whichever it is", async () => {
    expect(idsOf(await open({ configured: [configured(strong())] }))).toEqual(["xiaozhi-hmac-configured"]);
    expect(readdirSync(folder.file("keys"))).toEqual([]);
  });

  it("whose first start was interrupted gets what is still missing, and keeps what is there", async () => {
    const secret = (await open())
      .keys()
      .find((key) => key.id === "hmac-1")
      ?.key.export()
      .toString();
    rmSync(folder.file("keys", "jwt-1.json"));
    writeFileSync(
      folder.file("instance.json"),
      JSON.stringify({ version: 1, createdAt: now().toISOString(), files: [] }),
    );
    await reopen();
    const ring = await open();
    expect(ring.keys().map((key) => key.id)).toEqual(["hmac-1", "jwt-1"]);
    expect(ring.keys()[0]?.key.export().toString()).toBe(secret);
  });
});

describe("an existing folder", () => {
  beforeEach(() => folder.remember("registry.db"));

  it("with no key at all and none configured is damaged: nothing is made up", async () => {
    await expect(open()).rejects.toThrow(DamagedFolder);
    expect(readdirSync(folder.file("keys"))).toEqual([]);
  });

  it("notices that a configured key has vanished, by the name of its setting", async () => {
    await open({ configured: [configured(strong()), configured(strong(), "jwt")] });
    await expect(open({ configured: [configured(strong(), "jwt")] })).rejects.toThrow(/MQTT_SIGNATURE_KEY/);
    await expect(open({ configured: [configured(strong(), "jwt")], schemes: ["jwt"] })).resolves.toBeDefined();
  });

  it.each(["", "{", "{}", '{"version":1,"id":"x"}'])("names a key file that is damaged: %j", async (content) => {
    writeFileSync(folder.file("keys", "jwt-7.json"), content);
    await expect(open({ configured: [configured(strong())] })).rejects.toThrow(/keys\/jwt-7\.json/);
  });

  it("adopts a key that was written just before a crash", async () => {
    const ring = await open({ configured: [configured(strong())] });
    const [{ id } = { id: "" }] = await ring.add({
      scheme: "jwt",
      algorithm: "HS256",
      origin: "added",
      secret: strong(),
    });
    const content = readFileSync(folder.file("keys", `${id}.json`), "utf8").replaceAll(id, "jwt-9");
    writeFileSync(folder.file("keys", "jwt-9.json"), content);
    await open({ configured: [configured(strong())] });
    expect(folder.has("keys/jwt-9.json")).toBe(true);
  });
});

describe("add", () => {
  it("takes effect at once, counts generations, and is there after a restart", async () => {
    const ring = await open();
    const before = ring.keys();
    const [added] = await ring.add({ scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong() });
    expect(added).toMatchObject({ id: "jwt-2", generation: 2, canIssue: true });
    expect(ring.keys()).not.toBe(before);
    expect(ring.issuingKey("jwt")?.record.id).toBe("jwt-2");
    expect(ring.issuingKey("jwt", "jwt-1")?.record.id).toBe("jwt-1");
    await reopen();
    expect(idsOf(await open())).toEqual(["hmac-1", "jwt-1", "jwt-2"]);
  });

  it("a public key checks, and cannot issue", async () => {
    const ring = await open();
    const { publicKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    expect(await ring.add({ scheme: "jwt", algorithm: "ES256", origin: "added", publicKey })).toMatchObject([
      { canIssue: false },
    ]);
    expect(ring.issuingKey("jwt")?.record.id).toBe("jwt-1");
  });

  it.each(["../../evil", "-begins-with-dash", "https://issuer.example/keys/1", "a b", "x".repeat(128)])(
    "keeps the id %j inside the folder, and reads it back",
    async (id) => {
      const ring = await open();
      await ring.add({ scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong(), id });
      expect(readdirSync(base).sort()).toEqual(["data"]);
      expect(readdirSync(folder.file("keys"))).toHaveLength(3);
      await reopen();
      expect(idsOf(await open())).toContain(id);
    },
  );

  it("the same key is not added under a second name", async () => {
    const ring = await open();
    const key = { scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong() } as const;
    await ring.add(key);
    await expect(ring.add({ ...key, id: "twin" })).rejects.toThrow(/this is key jwt-2 already/);
    const base64 = Buffer.from(key.secret).toString("base64");
    await expect(ring.add({ ...key, secret: base64, secretEncoding: "base64" })).rejects.toThrow(KeyExists);
  });

  it("several are added all or none", async () => {
    const ring = await open();
    const key = { scheme: "jwt", algorithm: "HS256", origin: "added" } as const;
    const keys = ["new-a", "jwt-1", "new-b"].map((id) => ({ ...key, id, secret: strong() }));
    await expect(ring.add(...keys)).rejects.toThrow(KeyExists);
    expect(readdirSync(folder.file("keys")).sort()).toEqual(["hmac-1.json", "jwt-1.json"]);
    await expect(ring.add({ ...key, id: "\u0007", secret: strong() })).rejects.toThrow();
  });

  it("refuses an id that is taken and a weak secret, and then has changed nothing", async () => {
    const ring = await open();
    const key = { scheme: "jwt", algorithm: "HS256", origin: "added" } as const;
    await expect(ring.add({ ...key, id: "hmac-1", secret: strong() })).rejects.toThrow(KeyExists);
    await expect(ring.add({ ...key, secret: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })).rejects.toThrow(RefusedKey);
    expect(readdirSync(folder.file("keys")).sort()).toEqual(["hmac-1.json", "jwt-1.json"]);
    expect(ring.keys()).toHaveLength(2);
  });
});

describe("changes at the same time", () => {
  it("are made one after the other: each key gets a generation of its own, and none is lost", async () => {
    const ring = await open();
    const adding = Array.from({ length: 8 }, () =>
      ring.add({ scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong() }),
    );
    const removing = ring.remove("jwt-1");
    await ring.close();
    const added = (await Promise.all(adding)).flat();
    expect(await removing).toMatchObject({ id: "jwt-1" });
    const ids = [2, 3, 4, 5, 6, 7, 8, 9].map((generation) => `jwt-${generation}`);
    expect(added.map(({ id }) => id)).toEqual(ids);
    await reopen();
    const again = await open();
    expect(idsOf(again)).toEqual(["hmac-1", ...ids]);
  });
});

describe("remove", () => {
  const another = { scheme: "jwt", algorithm: "HS256", origin: "added" } as const;

  it("takes effect at once, for good, and gives id and generation to no other key", async () => {
    const ring = await open();
    await ring.add({ ...another, secret: strong() });
    const before = ring.keys();
    expect(await ring.remove("jwt-2")).toMatchObject({ id: "jwt-2", generation: 2 });
    expect(ring.keys()).not.toBe(before);
    expect(idsOf(ring)).toEqual(["hmac-1", "jwt-1"]);
    expect(ring.issuingKey("jwt")?.record.id).toBe("jwt-1");
    expect(readdirSync(folder.file("keys")).sort()).toEqual(["hmac-1.json", "jwt-1.json"]);
    await reopen();
    const again = await open();
    expect(again.summaries().map(({ id }) => id)).toEqual(["hmac-1", "jwt-1"]);
    expect(await again.add({ ...another, secret: strong() })).toMatchObject([{ id: "jwt-3", generation: 3 }]);
  });

  it("deletes the file the key was found in, whatever its name", async () => {
    const ring = await open();
    const [{ id } = { id: "" }] = await ring.add({ ...another, secret: strong(), id: "https://issuer.example/1" });
    const file = readdirSync(folder.file("keys")).find((name) => name.startsWith("kid-")) ?? "";
    await reopen();
    renameSync(folder.file("keys", "jwt-1.json"), folder.file("keys", "by-hand.json"));
    const inventory = readFileSync(folder.file("instance.json"), "utf8").replace("jwt-1", "by-hand");
    writeFileSync(folder.file("instance.json"), inventory);
    await reopen();
    const again = await open();
    await again.remove("jwt-1");
    expect(readdirSync(folder.file("keys")).sort()).toEqual(["hmac-1.json", file].sort());
    await again.add({ ...another, secret: strong() });
    await again.remove(id);
    expect(readdirSync(folder.file("keys")).sort()).toEqual(["hmac-1.json", "jwt-3.json"]);
  });

  it("is refused for an unknown key, a configured one by its place, and the last one of a scheme in use", async () => {
    const ring = await open({ configured: [configured(strong())] });
    await ring.add({ ...another, secret: strong() });
    const files = readdirSync(folder.file("keys"));
    await expect(ring.remove("nobody")).rejects.toMatchObject({ code: "key_not_found" });
    const place = /MQTT_SIGNATURE_KEY/;
    await expect(ring.remove("xiaozhi-hmac-configured")).rejects.toMatchObject({
      code: "key_configured",
      message: expect.stringMatching(place),
    });
    await expect(ring.remove("jwt-1")).rejects.toMatchObject({ code: "last_key" });
    expect(readdirSync(folder.file("keys"))).toEqual(files);
    expect(ring.keys()).toHaveLength(2);
  });

  it("of the last key of a scheme that is switched off is done, but some key stays", async () => {
    await open();
    await reopen();
    const ring = await open({ schemes: ["xiaozhi-hmac"] });
    expect(await ring.remove("jwt-1")).toMatchObject({ scheme: "jwt" });
    await expect(ring.remove("hmac-1")).rejects.toMatchObject({ code: "last_key" });
    await reopen();
    const none = await open({ schemes: [] });
    await expect(none.remove("hmac-1")).rejects.toMatchObject({ code: "last_key" });
  });

  it("that cannot be written changes nothing", async () => {
    const ring = await open();
    await ring.add({ ...another, secret: strong() });
    rmSync(folder.file("keys", "jwt-2.json"));
    mkdirSync(folder.file("keys", "jwt-2.json", "in-the-way"), { recursive: true }); // no file: cannot be deleted like one
    await expect(ring.remove("jwt-2")).rejects.toThrow();
    expect(idsOf(ring)).toEqual(["hmac-1", "jwt-1", "jwt-2"]);
    expect(folder.has("keys/jwt-2.json")).toBe(true);
  });

  it("notes that the key goes before its file goes", async () => {
    const ring = await open();
    await ring.add({ ...another, secret: strong() });
    await folder.release(); // from now on nothing can be noted
    await expect(ring.remove("jwt-2")).rejects.toThrow("released");
    expect(readdirSync(folder.file("keys"))).toContain("jwt-2.json");
    expect(idsOf(ring)).toContain("jwt-2");
    folder = await openDataFolder(join(base, "data"));
  });

  it("interrupted before the file was deleted leaves the key as it was", async () => {
    const ring = await open();
    await ring.add({ ...another, secret: strong() });
    await folder.forgetKey("keys/jwt-2.json", { scheme: "jwt", generation: 2 }); // as far as it came
    await reopen();
    const again = await open();
    expect(idsOf(again)).toEqual(["hmac-1", "jwt-1", "jwt-2"]);
    expect(folder.has("keys/jwt-2.json")).toBe(true);
  });
});

describe("a weak key that is there", () => {
  const weak = "test-signature-key-12345";

  it("stops the start and names the way to remove it; the ring opened to be put in order shows and removes it", async () => {
    const lax = await open({ allowWeakKey: true });
    const hmac = { scheme: "xiaozhi-hmac", algorithm: "HMAC-SHA256", origin: "added" } as const;
    await lax.add({ ...hmac, secret: weak });
    await reopen();
    await expect(open()).rejects.toThrow(/hmac-2\.json: .*connack key remove hmac-2\.$/);
    const ring = await open({ toRepair: true });
    expect(ring.summaries().map(({ id, weakness }) => [id, typeof weakness])).toEqual([
      ["hmac-1", "undefined"],
      ["hmac-2", "string"],
      ["jwt-1", "undefined"],
    ]);
    await expect(ring.add({ ...hmac, secret: `${weak}6` })).rejects.toThrow(RefusedKey);
    await ring.remove("hmac-2");
    await reopen();
    expect((await open()).keys()).toHaveLength(2);
  });

  it("and could never be let through is shown and removed all the same", async () => {
    const ring = await open();
    await ring.add({ scheme: "jwt", algorithm: "HS256", origin: "added", secret: strong() });
    const path = folder.file("keys", "jwt-2.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), secret: "null" }));
    await reopen();
    await expect(open({ allowWeakKey: true })).rejects.toThrow(RefusedKey);
    const repaired = await open({ toRepair: true });
    await repaired.remove("jwt-2");
    expect((await open()).keys()).toHaveLength(2);
  });
});

it("a weak key is refused with the name of its place; let through, it is shown everywhere", async () => {
  const weak = configured("test-signature-key-12345");
  await expect(open({ configured: [weak] })).rejects.toThrow(/^MQTT_SIGNATURE_KEY: /);
  const ring = await open({ configured: [weak], allowWeakKey: true });
  expect(ring.warnings().join()).toContain("WEAK KEY");
  expect(ring.summaries()[0]?.weakness).toBeTypeOf("string");
  await expect(open({ configured: [configured("null")], allowWeakKey: true })).rejects.toThrow(RefusedKey);
});

describe("other settings", () => {
  const schemes = ["xiaozhi-hmac", "jwt"] as const;
  const idsAt = async (ring: KeyRing, settings: Partial<KeySettings>): Promise<string[] | undefined> => {
    let swapped: string[] | undefined;
    await ring.configure({ configured: [], schemes, allowWeakKey: false, ...settings }, () => {
      swapped = idsOf(ring);
    });
    return swapped;
  };

  it("are in force in the turn that swaps, before the keys of the folder, and count for removals", async () => {
    const ring = await open();
    const swapped = await idsAt(ring, { configured: [configured(strong())] });
    expect(swapped).toEqual(["xiaozhi-hmac-configured", "hmac-1", "jwt-1"]);
    expect(idsOf(ring)).toEqual(swapped);
    await expect(ring.remove("xiaozhi-hmac-configured")).rejects.toMatchObject({ code: "key_configured" });
    await ring.remove("hmac-1");
    expect(folder.configuredKeys()).toEqual(["xiaozhi-hmac"]);
  });

  it("replace the configured keys; one that stays keeps its time, another in its place does not", async () => {
    let time = "2026-01-02T03:04:05.000Z";
    const later = (key: ConfiguredKey) => ({ ...key, record: { ...key.record, createdAt: time } });
    const [stays, goes, comes] = [configured(strong()), configured(strong(), "jwt"), configured(strong(), "jwt")];
    const ring = await open({ configured: [stays, goes] });
    time = "2027-01-01T00:00:00.000Z";
    await idsAt(ring, { configured: [later(stays), later(comes)] });
    const times = ring.summaries().map(({ id, createdAt }) => [id, createdAt]);
    expect(times).toEqual([
      ["xiaozhi-hmac-configured", "2026-01-02T03:04:05.000Z"],
      ["jwt-configured", time],
    ]);
    const [, jwt] = ring.keys();
    expect((jwt as { key: { export(): Buffer } }).key.export().toString()).toBe(comes.record.secret);
  });

  it.each<[string, Pick<KeySettings, "configured" | "allowWeakKey">, typeof DamagedFolder | typeof RefusedKey]>([
    ["a weak key", { configured: [configured("secret")], allowWeakKey: false }, RefusedKey],
    ["two keys of one id", { configured: [configured("a"), configured("b")], allowWeakKey: true }, DamagedFolder],
    ["a configured key that is gone", { configured: [], allowWeakKey: true }, DamagedFolder],
  ])("with %s change nothing", async (_what, settings, refusal) => {
    const ring = await open({ configured: [configured("password1")], allowWeakKey: true });
    const before = ring.keys();
    let isSwapped = false;
    const answer = ring.configure({ ...settings, schemes }, () => {
      isSwapped = true;
    });
    await expect(answer).rejects.toBeInstanceOf(refusal);
    expect(isSwapped).toBe(false);
    expect(ring.keys()).toBe(before);
    await expect(ring.remove("xiaozhi-hmac-configured")).rejects.toMatchObject({ code: "key_configured" });
  });

  it("wait for a change under way, and keep what it added", async () => {
    const ring = await open();
    const added = ring.add({ scheme: "jwt", algorithm: "HS256", secret: strong(), origin: "added" });
    await idsAt(ring, { configured: [configured(strong())] });
    expect(idsOf(ring)).toEqual(["xiaozhi-hmac-configured", "hmac-1", "jwt-1", (await added)[0]?.id]);
  });

  it("allow weak keys to be added, or not", async () => {
    const ring = await open();
    const weak = { scheme: "xiaozhi-hmac", algorithm: "HMAC-SHA256", secret: "password1", origin: "added" } as const;
    await idsAt(ring, { allowWeakKey: true });
    await ring.add(weak);
    await expect(idsAt(ring, { allowWeakKey: false })).rejects.toBeInstanceOf(RefusedKey);
    await ring.remove("hmac-2");
    await idsAt(ring, { allowWeakKey: false });
    await expect(ring.add(weak)).rejects.toBeInstanceOf(RefusedKey);
  });
});
