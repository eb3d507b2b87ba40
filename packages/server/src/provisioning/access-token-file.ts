import { existsSync } from "node:fs";
import { z } from "zod";
import type { DataFolder } from "../state/data-folder.ts";
import { readJsonFile } from "../state/read-json-file.ts";
import { writeFileDurably } from "../state/write-file-durably.ts";
import { roles } from "./role.ts";

/** In the data folder (0600). */
export const tokenFileName = "access-tokens.json";

export const mostTokens = 1000;

/** What names a token; it stands in the audit as `api:<name>`. */
export const tokenNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const record = z.strictObject({
  name: z.string().regex(tokenNamePattern),
  role: z.enum(roles),
  /** Of the whole token, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().exactOptional(),
});

const tokenFile = z.strictObject({
  version: z.literal(1),
  tokens: z
    .array(record)
    .max(mostTokens)
    .refine((tokens) => allDiffer(tokens.map(({ name }) => name)), "two tokens of one name")
    .refine((tokens) => allDiffer(tokens.map(({ sha256 }) => sha256)), "a token twice"),
});

export type TokenRecord = z.infer<typeof record>;

/** The tokens of the data folder; none where none was ever added. Rejects with `DamagedFolder`. */
export async function readTokenFile(folder: DataFolder): Promise<TokenRecord[]> {
  if (!existsSync(folder.file(tokenFileName))) return [];
  const { tokens } = readJsonFile(folder.file(tokenFileName), tokenFile);
  // A crash between writing the first token and noting its file: the file is good, note it now.
  await folder.remember(tokenFileName);
  return tokens;
}

/** When this resolves it survives a crash; when it rejects, what was there before is there still. */
export async function writeTokenFile(folder: DataFolder, tokens: readonly TokenRecord[]): Promise<void> {
  await writeFileDurably(folder.file(tokenFileName), `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`);
  await folder.remember(tokenFileName);
}

function allDiffer(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
