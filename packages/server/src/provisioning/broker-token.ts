import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { DataFolder } from "../state/data-folder.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import { writeFileDurably } from "../state/write-file-durably.ts";

const name = "broker-token";

/** The bearer token our brokers send, made on the first start (256 bits, base64url). */
export async function openBrokerToken(folder: DataFolder): Promise<string> {
  if (!folder.has(name)) {
    await writeFileDurably(folder.file(name), `${randomBytes(32).toString("base64url")}\n`);
    await folder.remember(name);
  }
  const token = readFileSync(folder.file(name), "utf8").trim();
  if (token.length < 32)
    throw new DamagedFolder(`${folder.file(name)} does not hold a token of at least 32 characters.`);
  return token;
}
