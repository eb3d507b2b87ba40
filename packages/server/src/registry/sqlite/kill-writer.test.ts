import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { registryFiles } from "../testing/watched-registry.ts";
import { openSqliteRegistry } from "./sqlite-registry.ts";

const { newFile } = registryFiles();
const program = fileURLToPath(new URL("../testing/write-until-killed.ts", import.meta.url));
const rounds = 4;

/** Lets the program write for a random while, then kills it. Gives what it acknowledged: the last status by id. */
async function writeAndKill(file: string, prefix: string): Promise<Map<string, string>> {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), program, file, prefix], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = text(child.stdout);
  await once(child.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 500));
  child.kill("SIGKILL");
  const [[, signal]] = [await once(child, "exit")];
  expect(signal).toBe("SIGKILL");
  const whole = (await output).split("\n").slice(0, -1); // the last line may be half a line
  return new Map(whole.map((line) => line.split(" ") as [string, string]).map(([status, id]) => [id, status]));
}

describe("a process that is killed while it writes", () => {
  it(`has lost nothing it acknowledged (${rounds} rounds)`, async () => {
    const file = newFile();
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < rounds; round++) {
      const latest = await writeAndKill(file, `round-${round}`);
      expect(latest.size).toBeGreaterThan(20);
      for (const [id, status] of latest) acknowledged.set(id, status);

      const registry = await openSqliteRegistry({ file, create: false });
      expect(registry.health().state).toBe("ready");
      expect(registry.durability()).toEqual({ journalMode: "wal", synchronous: 2 });
      const order = ["active", "revoked", "removed"];
      for (const [id, status] of acknowledged) {
        if (status === "group") {
          const rules = [{ permission: "deny", action: "all", topics: [`topics of ${id.slice("group-".length)}`] }];
          expect(registry.findGroupRights(id), `rights of ${id} were acknowledged`).toEqual({ profile: "none", rules });
          continue;
        }
        const device = registry.find(id);
        if (status === "rules") expect(device?.rules, `rules of ${id} were acknowledged`).toHaveLength(1);
        // what was asked for next may be there without having been acknowledged
        const from = status === "rules" ? 0 : order.indexOf(status);
        expect(order.slice(from), `${id} was acknowledged as ${status}`).toContain(device?.status);
        const owner = device?.status === "removed" ? undefined : id;
        expect(registry.findClientIdOwner(`client of ${id}`)).toBe(owner);
      }
      await registry.close();
      expectSound(file);
      expect([...acknowledged.values()]).toEqual(expect.arrayContaining(["group", "rules", "revoked", "removed"]));
    }
  });
});

function expectSound(file: string): void {
  const db = new Database(file, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  const counted = db.prepare("select status, count(*) as devices from devices group by status order by status").all();
  const kept = db.prepare("select status, devices from status_counts where devices > 0 order by status").all();
  expect(kept).toEqual(counted);
  db.close();
}
