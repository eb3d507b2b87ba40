import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * `npm run build`, after the compiler: the command in few files, as Node takes longer to find and read 700 modules than to
 * run most commands. Threads are entries of their own, at the place where `dist` has them beside the module that starts them.
 * Only what is small and often needed goes in; the rest of the dependencies is loaded where a command wants it.
 */
const entries = {
  main: "src/main.ts",
  "registry-writer": "src/registry/sqlite/registry-writer.ts",
  "snapshot-thread": "src/state/backup/snapshot-thread.ts",
  "sqlite/audit-worker": "src/audit/sqlite/audit-worker.ts",
};
const included = ["@connack/credentials", "@connack/device", "commander", "jose", "kysely", "yaml", "zod"];

const place = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const compiled = ["credentials", "device", "server"].map((name) => place(`../${name}/dist/.tsbuildinfo`));
const changedMs = (/** @type {string} */ file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

const newest = Math.max(changedMs(place("bundle.js")), ...compiled.map(changedMs));
if (changedMs(place("dist/bundle/main.js")) < newest) {
  const { build } = await import("vite");
  await build({
    root: place("."),
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    ssr: { noExternal: included, resolve: { conditions: ["source"] } },
    build: {
      ssr: true,
      outDir: "dist/bundle",
      // A service that was started before still loads files of the former bundle.
      emptyOutDir: false,
      target: "node20",
      minify: false,
      // The licences of what went in.
      license: { fileName: "licenses.md" },
      rollupOptions: {
        input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, place(file)])),
        output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
}
