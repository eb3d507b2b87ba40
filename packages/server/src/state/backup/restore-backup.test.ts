import { createHash, randomBytes } from "node:crypto";
import {
  chownSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { extract, type Header, pack } from "tar-stream";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDataFolder } from "../data-folder.ts";
import { FolderInUse, lockFolder } from "../folder-lock.ts";
import { DamagedFolder } from "../read-json-file.ts";
import type { Manifest } from "./manifest.ts";
import { type RestoreOptions, restoreBackup } from "./restore-backup.ts";
import { place, sampleArchive, sampleFolder } from "./testing/sample-folder.ts";
import { canMount, smallDisk } from "./testing/small-disk.ts";

let base: string;
let archive: Buffer;
const now = new Date("2026-03-04T05:06:07.890Z");

beforeEach(async () => {
  base = place();
  await sampleFolder(join(base, "data"));
});
beforeAll(async () => {
  archive = await sampleArchive();
});

const restore = (content: Buffer | Readable, folder: string, options: Partial<RestoreOptions> = {}) =>
  restoreBackup({
    source: content instanceof Readable ? content : Readable.from([content]),
    folder,
    force: false,
    now,
    ...options,
  });

interface Entry {
  header: Partial<Header> & Pick<Header, "name">;
  content: Buffer;
}

async function entriesOf(content: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  const reading = extract();
  reading.on("entry", (header, stream, next) => {
    buffer(stream as unknown as Readable).then((read) => {
      entries.push({ header, content: read });
      next();
    }, next);
  });
  await new Promise<void>((resolve, reject) => {
    reading.on("finish", resolve).on("error", reject);
    reading.end(gunzipSync(content));
  });
  return entries;
}

async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  const writing = pack();
  const written = buffer(writing as unknown as Readable);
  for (const { header, content } of entries) {
    const { name, type, linkname } = header;
    const size = type === "symlink" || type === "link" ? 0 : content.length;
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error | null) => (error ? reject(error) : resolve());
      const given = { name, mode: 0o600, size, ...(type && { type }), ...(linkname && { linkname }) };
      if (size === 0) writing.entry(given, end);
      else writing.entry(given, content, end);
    });
  }
  writing.finalize();
  return gzipSync(await written);
}

/** The archive with its entries changed, and the manifest with them. */
async function changed(edit: (entries: Entry[], manifest: Manifest) => void): Promise<Buffer> {
  const entries = await entriesOf(archive);
  const [first] = entries as [Entry];
  const manifest = JSON.parse(first.content.toString()) as Manifest;
  edit(entries, manifest);
  if (first.content.length > 0) first.content = Buffer.from(JSON.stringify(manifest));
  return archiveOf(entries);
}

/** One more file, or another content of one, as the manifest says. */
function put(entries: Entry[], manifest: Manifest, name: string, content: Buffer): void {
  const said = { name, size: content.length, sha256: createHash("sha256").update(content).digest("hex") };
  manifest.files = [...manifest.files.filter((file) => file.name !== name), said];
  const found = entries.find((entry) => entry.header.name === `connack-data/${name}`);
  if (found) found.content = content;
  else entries.push({ header: { name: `connack-data/${name}` }, content });
}

const entry = (entries: Entry[], name: string) =>
  entries.find((each) => each.header.name === `connack-data/${name}`) as Entry;

describe("restoreBackup", () => {
  it("makes the folder as it was, for the owner alone, and it opens with its registry remembered", async () => {
    const folder = join(base, "new/data");
    const { manifest, movedTo } = await restore(archive, folder);
    expect(movedTo).toBeUndefined();
    expect(manifest.registry.devices).toMatchObject({ active: 1, revoked: 1 });
    expect(readdirSync(folder).sort()).toEqual(
      ["audit.db", "broker-token", "connack.lock", "instance.json", "keys", "registry.db", "tls"].sort(),
    );
    for (const name of [".", "keys", "tls"]) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);
    for (const name of ["instance.json", "registry.db", "audit.db", "broker-token", "keys/jwt-1.json", "tls/ca.key"]) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    }
    for (const name of ["broker-token", "keys/jwt-1.json", "keys/hmac-1.json", "tls/ca.key"]) {
      expect(readFileSync(join(folder, name)), name).toEqual(readFileSync(join(base, "data", name)));
    }
    const opened = await openDataFolder(folder);
    expect([opened.isNew, opened.has("registry.db"), opened.warnings]).toEqual([false, true, []]);
    await opened.release();
    const db = new Database(join(folder, "registry.db"), { readonly: true });
    expect(db.prepare("select id, status from devices order by id").raw().all()).toEqual([
      ["gateway", "active"],
      ["sensor-1", "active"],
      ["sensor-2", "revoked"],
    ]);
    db.close();
  });

  it("fills an empty folder, and one that a start or a restore was killed in", async () => {
    const folder = join(base, "empty");
    mkdirSync(join(folder, "keys"), { recursive: true, mode: 0o755 });
    mkdirSync(join(folder, "restore.0123456789ab.tmp/keys"), { recursive: true });
    writeFileSync(join(folder, "connack.sock"), "");
    writeFileSync(join(folder, "instance.json.0a1b.tmp"), "{");
    await restore(archive, folder);
    expect(readdirSync(folder).filter((name) => /restore/.test(name))).toEqual([]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await (await openDataFolder(folder)).release();
  });

  it("refuses a folder with something in it; with force that is moved aside, whole", async () => {
    const folder = join(base, "data");
    writeFileSync(join(folder, "notes.txt"), "mine");
    const key = readFileSync(join(folder, "keys/jwt-1.json"));
    await expect(restore(archive, folder)).rejects.toMatchObject({ code: "folder_not_empty" });
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");

    const { movedTo } = await restore(archive, folder, { force: true });
    expect(movedTo).toBe(`${folder}.before-restore-20260304T050607Z`);
    expect(statSync(movedTo as string).mode & 0o777).toBe(0o700);
    expect(readdirSync(movedTo as string).sort()).toEqual(
      ["audit.db", "broker-token", "instance.json", "keys", "notes.txt", "registry.db", "tls"].sort(),
    );
    expect(readFileSync(join(movedTo as string, "keys/jwt-1.json"))).toEqual(key);
    expect(existsSync(join(folder, "notes.txt"))).toBe(false);
    await (await openDataFolder(folder)).release();
    await (await openDataFolder(movedTo as string)).release(); // still an instance
  });

  it("refuses a folder that somebody works in", async () => {
    const lock = lockFolder(join(base, "data"));
    await expect(restore(archive, join(base, "data"), { force: true })).rejects.toThrow(FolderInUse);
    lock.release();
  });

  it("puts everything back when a file cannot be moved into its place", async () => {
    const folder = join(base, "data");
    mkdirSync(join(folder, "lost+found/x"), { recursive: true });
    const before = readdirSync(folder).sort();
    const content = await changed((entries, manifest) => {
      put(entries, manifest, "lost+found", Buffer.from("x")); // cannot replace the folder
      editInventory(entries, manifest, (files) => [...files, "lost+found"]);
    });
    await expect(restore(content, folder, { force: true })).rejects.toMatchObject({ syscall: "rename" });
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readdirSync(base)).toEqual(["data"]);
    await (await openDataFolder(folder)).release();
  });

  it("does not mix two former instances", async () => {
    const folder = join(base, "data");
    mkdirSync(`${folder}.before-restore-20260304T050607Z`);
    await expect(restore(archive, folder, { force: true })).rejects.toMatchObject({ code: "EEXIST" });
    await (await openDataFolder(folder)).release();
  });

  if (canMount())
    it("restores into a file system of its own: what was there is moved aside in it", async () => {
      const folder = smallDisk(join(base, "disk"), 4096);
      await restore(archive, folder);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const { movedTo } = await restore(archive, folder, { force: true });
      expect(movedTo).toBe(join(folder, "before-restore-20260304T050607Z"));
      expect(readdirSync(movedTo as string)).toContain("instance.json");
      await (await openDataFolder(folder)).release();
      expect(readdirSync(base).sort()).toEqual(["data", "disk"]);
    });

  if (canMount())
    it("says that the disk is too small, and changes nothing", async () => {
      const folder = smallDisk(join(base, "disk"), 64);
      await expect(restore(archive, folder)).rejects.toMatchObject({ code: "no_room" });
      expect(readdirSync(folder)).toEqual(["connack.lock"]);
    });

  if (process.getuid?.() === 0)
    it("does not touch, as root, the folder of another user", async () => {
      const folder = join(base, "theirs");
      mkdirSync(folder);
      symlinkSync(join(base, "made-through-a-link"), join(folder, "connack.lock"));
      chownSync(folder, 1234, 5678);
      await expect(restore(archive, folder)).rejects.toThrow("belongs to the user with the id 1234");
      expect(readdirSync(folder)).toEqual(["connack.lock"]);
      expect(existsSync(join(base, "made-through-a-link"))).toBe(false);
    });

  it("leaves a folder that no server starts on when it ends before the last step", async () => {
    const folder = join(base, "cut");
    await restore(archive, folder);
    mkdirSync(join(folder, "restore.0123456789ab.tmp"));
    renameSync(join(folder, "instance.json"), join(folder, "restore.0123456789ab.tmp/instance.json"));
    await expect(openDataFolder(folder)).rejects.toThrow(DamagedFolder);
    await expect(restore(archive, folder)).rejects.toMatchObject({ code: "folder_not_empty" });
    await restore(archive, folder, { force: true });
    await (await openDataFolder(folder)).release();
  });
});

type Attack = () => Promise<Buffer> | Buffer;

/** Every way to be wrong, with what is said of it. */
const attacks: [string, RegExp, Attack][] = [
  ["nothing", /cut off/, () => Buffer.alloc(0)],
  ["a text", /no backup of Connack/, () => Buffer.from("hello, this is a text\n".repeat(100))],
  ["a gzip of a text", /no backup of Connack/, () => gzipSync(Buffer.from("hello\n".repeat(1000)))],
  ["an archive without files", /empty archive/, () => archiveOf([])],
  [
    "somebody else's archive",
    /no backup of Connack/,
    () => archiveOf([{ header: { name: "README.md" }, content: Buffer.from("hello") }]),
  ],
  ["one cut in the middle", /cut off/, () => archive.subarray(0, archive.length / 2)],
  ["one without its last byte", /cut off/, () => archive.subarray(0, -1)],
  ["a tar that is cut inside a whole gzip", /cut off/, () => gzipSync(gunzipSync(archive).subarray(0, 30_000))],
  [
    "a flipped bit in a file",
    /content of registry\.db is not what it was/,
    () => {
      const tar = gunzipSync(archive);
      const at = tar.indexOf("SQLite format 3", tar.indexOf("connack-data/registry.db\0")) + 5000;
      tar[at] = (tar[at] as number) ^ 1;
      return gzipSync(tar);
    },
  ],
  [
    "a flipped bit in the gzip",
    /damaged/,
    () => {
      const bytes = Buffer.from(archive);
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] as number) ^ 1;
      return bytes;
    },
  ],
  ["a manifest of a newer format", /newer/, () => changed((_, manifest) => Object.assign(manifest, { version: 2 }))],
  [
    "a manifest of something else",
    /no backup/,
    () => changed((_, manifest) => Object.assign(manifest, { format: "x" })),
  ],
  [
    "a manifest without digests",
    /manifest\.json is not as it must be/,
    () => changed((_, manifest) => void delete (manifest.files[0] as Partial<Manifest["files"][number]>).sha256),
  ],
  [
    "a manifest that is no JSON",
    /not readable JSON/,
    async () => {
      const entries = await entriesOf(archive);
      (entries[0] as Entry).content = Buffer.from("{");
      return archiveOf(entries);
    },
  ],
  [
    "a file too few",
    /broker-token is not in it/,
    () => changed((entries) => void entries.splice(entries.indexOf(entry(entries, "broker-token")), 1)),
  ],
  [
    "a file too many",
    /"connack-data\/extra" is not what/,
    () =>
      changed((entries) => void entries.push({ header: { name: "connack-data/extra" }, content: Buffer.from("x") })),
  ],
  ["a file twice", /is not what/, () => changed((entries) => void entries.push(entry(entries, "keys/jwt-1.json")))],
  [
    "a name twice in the manifest",
    /twice/,
    () => changed((_, manifest) => void manifest.files.push(manifest.files[0] as Manifest["files"][number])),
  ],
  [
    "a file that is longer than it says",
    /is not what/,
    () => changed((entries) => void Object.assign(entry(entries, "broker-token"), { content: randomBytes(5000) })),
  ],
  [
    "a file of unknown name",
    /no file of Connack's/,
    () => changed((entries, manifest) => put(entries, manifest, "hook.sh", Buffer.from("#!/bin/sh"))),
  ],
  ...["connack.lock", "connack.sock", "registry.db-wal", "backup.0123456789ab.tmp/x"].map(
    (name): [string, RegExp, Attack] => [
      `${name}, which its inventory names`,
      /no file of Connack's/,
      () =>
        changed((entries, manifest) => {
          put(entries, manifest, name, Buffer.from("x"));
          editInventory(entries, manifest, (files) => [...files, name]);
        }),
    ],
  ),
  [
    "a name that is a file and a folder",
    /as a file and as a folder/,
    () =>
      changed((entries, manifest) => {
        put(entries, manifest, "keys", Buffer.from("x"));
      }),
  ],
  ...[
    "/etc/cron.d/x",
    "../outside",
    "keys/../../outside.json",
    "keys/..",
    "keys\\..\\x",
    ".bashrc",
    "a/b/c/d",
    "x\ny",
  ].map((name): [string, RegExp, Attack] => [
    `the path ${JSON.stringify(name)}`,
    /a name that none of Connack's has/,
    () => changed((entries, manifest) => put(entries, manifest, name, Buffer.from("x"))),
  ]),
  [
    "an entry whose path leads out, under a good name in the manifest",
    /is not what/,
    () =>
      changed(
        (entries) =>
          void Object.assign(entry(entries, "broker-token").header, { name: "connack-data/../broker-token" }),
      ),
  ],
  ...(["symlink", "link", "character-device", "block-device", "fifo", "directory"] as const).map(
    (type): [string, RegExp, Attack] => [
      `a ${type} in place of a file`,
      /is not what/,
      () =>
        changed((entries, manifest) => {
          put(entries, manifest, "broker-token", Buffer.alloc(0));
          Object.assign(entry(entries, "broker-token").header, { type, linkname: "/etc/passwd" });
        }),
    ],
  ),
  [
    "a small file that is huge",
    /broker-token is too large/,
    () =>
      changed(
        (_, manifest) =>
          void Object.assign(manifest.files.find((each) => each.name === "broker-token") ?? {}, { size: 1e9 }),
      ),
  ],
  [
    "a database larger than any disk",
    /are free/,
    () =>
      changed(
        (_, manifest) =>
          void Object.assign(manifest.files.find((each) => each.name === "audit.db") ?? {}, { size: 1e15 }),
      ),
  ],
  [
    "much more behind its end than it says",
    /holds more than it says/,
    () => gzipSync(Buffer.concat([gunzipSync(archive), Buffer.alloc(64 * 1024 * 1024)])),
  ],
  [
    "no inventory",
    /instance\.json is not in it/,
    () =>
      changed((_, manifest) => {
        manifest.files = manifest.files.filter(({ name }) => name !== "instance.json");
      }),
  ],
  [
    "no registry",
    /registry\.db is not in it/,
    () =>
      changed((_, manifest) => {
        manifest.files = manifest.files.filter(({ name }) => name !== "registry.db");
      }),
  ],
  [
    "an inventory that names a key that is not there",
    /keys\/jwt-9\.json is not in it/,
    () => changed((entries, manifest) => editInventory(entries, manifest, (files) => [...files, "keys/jwt-9.json"])),
  ],
  [
    "an inventory that does not name the registry: a lost one would be made anew",
    /does not name the registry/,
    () =>
      changed((entries, manifest) =>
        editInventory(entries, manifest, (files) => files.filter((name) => name !== "registry.db")),
      ),
  ],
  [
    "an inventory of another kind",
    /instance\.json does not have/,
    () => changed((entries, manifest) => put(entries, manifest, "instance.json", Buffer.from('{"version":7}'))),
  ],
  [
    "a registry that is none",
    /registry\.db did not pass/,
    () => changed((entries, manifest) => put(entries, manifest, "registry.db", randomBytes(8192))),
  ],
  [
    "a registry with a broken page",
    /registry\.db did not pass/,
    () =>
      changed((entries, manifest) => {
        const content = Buffer.from(entry(entries, "registry.db").content);
        content.fill(0xff, 4096 * 2, 4096 * 4);
        put(entries, manifest, "registry.db", content);
      }),
  ],
  [
    "an audit with a broken page",
    /audit\.db did not pass/,
    () =>
      changed((entries, manifest) => {
        const content = Buffer.from(entry(entries, "audit.db").content);
        content.fill(0xff, 4096);
        put(entries, manifest, "audit.db", content);
      }),
  ],
  [
    "a registry without a device it was taken with",
    /does not have the devices it was taken with/,
    () => changedRegistry("delete from devices where id = 'sensor-1'"),
  ],
  ...["keys/jwt-1.json", "access-tokens.json"].flatMap((name) =>
    ["{", " ", "null", "[]", '"text"'].map((content): [string, RegExp, Attack] => [
      `${JSON.stringify(content)} as ${name}`,
      /json is not readable JSON/,
      () => changed((entries, manifest) => put(entries, manifest, name, Buffer.from(content))),
    ]),
  ),
  ["a registry of another program", /registry\.db did not pass/, () => changedRegistry("pragma application_id = 1")],
  [
    "a registry of a newer schema",
    /newer Connack/,
    () => changedRegistry("insert into kysely_migration (name, timestamp) values ('9999-later', 'x')"),
  ],
];

function editInventory(entries: Entry[], manifest: Manifest, edit: (files: string[]) => string[]): void {
  const inventory = JSON.parse(entry(entries, "instance.json").content.toString()) as { files: string[] };
  put(entries, manifest, "instance.json", Buffer.from(JSON.stringify({ ...inventory, files: edit(inventory.files) })));
}

async function changedRegistry(sql: string): Promise<Buffer> {
  const file = join(base, "changed.db");
  return changed((entries, manifest) => {
    writeFileSync(file, entry(entries, "registry.db").content);
    const db = new Database(file);
    db.exec(sql);
    db.close();
    put(entries, manifest, "registry.db", readFileSync(file));
  });
}

describe("what is no backup, or a damaged one", () => {
  it("the changes below are the only ones: unchanged, the archive passes", async () => {
    await restore(await changed(() => {}), join(base, "target"));
    expect(existsSync(join(base, "target/instance.json"))).toBe(true);
  });

  it.each(attacks)("%s is refused, and nothing is changed", async (_, message, attack) => {
    const content = await attack();
    const full = join(base, "data");
    const before = readdirSync(full).sort();
    await expect(restore(content, join(base, "target"))).rejects.toThrow(message);
    expect(readdirSync(base).sort()).toEqual(expect.not.arrayContaining(["target", "outside", "outside.json"]));
    await expect(restore(content, full, { force: true })).rejects.toThrow(message);
    expect(readdirSync(full).sort()).toEqual(before);
    expect(readdirSync(base).filter((name) => name.includes("before"))).toEqual([]);
    await (await openDataFolder(full)).release();
  });

  it("a source that breaks off with an error of its own is told as that", async () => {
    const source = new PassThrough();
    const restoring = restore(source, join(base, "target"));
    source.write(archive.subarray(0, 1000));
    source.destroy(Object.assign(new Error("read failed"), { code: "EIO" }));
    await expect(restoring).rejects.toMatchObject({ code: "EIO" });
    expect(existsSync(join(base, "target"))).toBe(false);
  });

  it("a file is read as it comes", async () => {
    const file = join(base, "connack.tar.gz");
    writeFileSync(file, archive);
    await restore(createReadStream(file, { highWaterMark: 77 }), join(base, "target"));
    await (await openDataFolder(join(base, "target"))).release();
  });
});
