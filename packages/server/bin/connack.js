#!/usr/bin/env -S node --max-semi-space-size=4
import { existsSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

// Above, for short pauses: half a megabyte of a young generation of 4 MB is copied in 2 ms, of 16 MB in 7 ms.
// Garbage may take half of what is in use; V8 would let it grow to several times that before it looks.
setFlagsFromString("--heap-growing-percent=50");

const entry = new URL("../dist/main.js", import.meta.url);
if (existsSync(entry)) {
  await import(entry.href);
} else {
  process.stderr.write("connack: not built yet. Run: npm ci (or: npm run build)\n");
  process.exitCode = 70;
}
