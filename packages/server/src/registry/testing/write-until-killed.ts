import { argv, stdout } from "node:process";
import { openSqliteRegistry } from "../sqlite/sqlite-registry.ts";

/**
 * A process that changes a registry as fast as it can, for tests that kill it: `write-until-killed <file> <prefix>`.
 * After each resolved promise it writes one line, `<status> <id>`, or `group <name>` for rights of a group and `rules <id>`
 * for those of a device; pipes are written synchronously.
 */
const [, , file = "", prefix = ""] = argv;
const registry = await openSqliteRegistry({ file, create: false });
const acknowledge = (status: string, id: string) => stdout.write(`${status} ${id}\n`);

async function writeForEver(lane: number): Promise<never> {
  for (let index = 0; ; index++) {
    const id = `${prefix}-${lane}-${index}`;
    await registry.add({ id, status: "active", schemes: ["jwt"], createdAt: index, clientIds: [`client of ${id}`] });
    acknowledge("active", id);
    if (index % 3 === 0) {
      const rules = [{ permission: "deny", action: "all", topics: [`topics of ${id}`] } as const];
      await registry.setGroupRights(`group-${id}`, { profile: "none", rules });
      acknowledge("group", `group-${id}`);
      await registry.setRights(id, { rules });
      acknowledge("rules", id);
      continue;
    }
    await registry.setStatus(id, ["active"], "revoked");
    acknowledge("revoked", id);
    if (index % 3 === 1) continue;
    await registry.setStatus(id, ["revoked"], "removed");
    acknowledge("removed", id);
  }
}

await Promise.all(Array.from({ length: 16 }, (_, lane) => writeForEver(lane)));
