import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "connack-arrows-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An import that an arrow of the design forbids, by the file it would stand in. */
const forbidden: [file: string, imported: string][] = [
  ["packages/credentials/src/acl.ts", "@connack/server"],
  ["packages/credentials/src/verify/jwt.ts", "@connack/server"],
  ["packages/credentials/src/template.ts", "node:crypto"],
  ["packages/credentials/src/index.ts", "./verify/jwt.ts"],
  ["packages/credentials/src/mint/jwt.ts", "../verify/jwt.ts"],
  ["packages/device/src/device.ts", "@connack/server"],
  ["packages/device/src/device.ts", "node:crypto"],
  ["packages/device/src/providers/password.ts", "@connack/credentials/verify"],
  ["packages/server/src/brokers/emqx/adapter.ts", "../../http/read-body.ts"],
  ["packages/server/src/brokers/emqx/events.ts", "../../authn/deny.ts"],
  ["packages/server/src/brokers/embedded/broker.ts", "../../registry/device.ts"],
  ["packages/server/src/registry/sqlite/store.ts", "../../authn/deny.ts"],
  ["packages/server/src/registry/device.ts", "../provisioning/key-ring.ts"],
  ["packages/server/src/authn/deny.ts", "../http/read-body.ts"],
  ["packages/server/src/authn/find.ts", "../brokers/broker-adapter.ts"],
  ["packages/server/src/provisioning/key-ring.ts", "../authn/deny.ts"],
  ["packages/server/src/state/data-folder.ts", "../http/read-body.ts"],
  ["packages/server/src/http/route.ts", "../commands/command.ts"],
];

const allowed: [file: string, imported: string][] = [
  ["packages/credentials/src/verify/password.ts", "node:crypto"],
  ["packages/device/src/device.ts", "@connack/credentials"],
  ["packages/server/src/http/authn-route.ts", "../authn/deny.ts"],
  ["packages/server/src/authn/decide-connect.ts", "../registry/device.ts"],
  ["packages/server/src/brokers/broker-adapter.ts", "@connack/credentials"],
];

function lint(): Promise<string[]> {
  const biome = fileURLToPath(new URL("../node_modules/.bin/biome", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(
      biome,
      ["lint", "--reporter=json", "--max-diagnostics=none", "."],
      { cwd: folder, maxBuffer: 1 << 26 },
      (_error, stdout) => {
        try {
          const { diagnostics } = JSON.parse(stdout) as {
            diagnostics: { category: string; location: { path: unknown } }[];
          };
          const arrows = diagnostics.filter((each) => each.category === "lint/style/noRestrictedImports");
          resolve(arrows.map((each) => JSON.stringify(each.location.path)));
        } catch (error) {
          reject(error);
        }
      },
    );
  });
}

it("the linter keeps each arrow of the design, and only those", async () => {
  const config = JSON.parse(readFileSync(new URL("../biome.json", import.meta.url), "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false }, $schema: undefined }));
  const probes = [...forbidden, ...allowed].map(([file, imported], index) => {
    const path = file.replace(/\.ts$/, `-probe${index}.ts`).replace("index-probe", "probe");
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `import { thing } from "${imported}";\nexport const used = thing;\n`);
    return path;
  });
  const hits = await lint();
  const caught = probes.map((path) => hits.some((hit) => hit.includes(path)));
  expect(probes.filter((_, index) => caught[index] !== index < forbidden.length)).toEqual([]);
});
