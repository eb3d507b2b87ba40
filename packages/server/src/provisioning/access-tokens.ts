import { createHash, randomBytes } from "node:crypto";
import type { DataFolder } from "../state/data-folder.ts";
import { oneAfterAnother } from "../state/one-after-another.ts";
import { mostTokens, readTokenFile, type TokenRecord, writeTokenFile } from "./access-token-file.ts";
import type { Role } from "./role.ts";

/** What may be shown of a token: never the token, nor its hash. Times are Unix milliseconds. */
export interface AccessToken {
  name: string;
  role: Role;
  createdAt: number;
  /** From then on it is refused. */
  expiresAt?: number;
  /** Since this process started. */
  lastUsedAt?: number;
}

export type FoundToken =
  | { ok: true; token: AccessToken }
  /** `unknown` is also one that was removed. */
  | { ok: false; why: "unknown" | "expired" };

export class TokenProblem extends Error {
  override name = "TokenProblem";
  readonly code: "token_exists" | "token_not_found" | "too_many_tokens";
  constructor(code: TokenProblem["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Who may use the admin API. Only hashes are kept; a token itself is told once, to whoever had it made. */
export interface AccessTokens {
  /** In the order they were added. */
  list(): AccessToken[];
  /** Adds one durably; it is good from then on. Rejects with `TokenProblem`, and what the file system says. */
  add(wanted: { name: string; role: Role; expiresAt?: number }): Promise<{ secret: string; token: AccessToken }>;
  /** Removes one durably; from then on it is unknown, and who used it is told. When it rejects the token still holds. */
  remove(name: string): Promise<AccessToken>;
  /** Whose token this is; notes the use. */
  find(secret: string): FoundToken;
  /** Calls `whenRemoved` once the token is removed, for answers that take long. Returns what ends that. */
  watch(token: AccessToken, whenRemoved: () => void): () => void;
  /** Finishes the changes that were asked for. */
  close(): Promise<void>;
}

/** Reads the tokens of the data folder. Rejects with `DamagedFolder` naming a file that cannot be read. */
export async function openAccessTokens(folder: DataFolder, nowMs: () => number): Promise<AccessTokens> {
  let records: readonly TokenRecord[] = await readTokenFile(folder);
  /** By hash: what is compared is the hash, so how long that takes tells nothing about a token. */
  let byHash = new Map<string, AccessToken>();
  const watchers = new Map<AccessToken, Set<() => void>>();
  const inTurn = oneAfterAnother();
  use(records);

  function use(changed: readonly TokenRecord[]): void {
    const former = byHash;
    records = changed;
    byHash = new Map(records.map((record) => [record.sha256, former.get(record.sha256) ?? shownOf(record)]));
  }

  const shown = ({ sha256 }: TokenRecord) => byHash.get(sha256) as AccessToken;

  return {
    list: () => records.map((record) => ({ ...shown(record) })),
    add: ({ name, role, expiresAt }) =>
      inTurn(async () => {
        if (records.some((record) => record.name === name))
          throw new TokenProblem("token_exists", `there is a token ${name} already`);
        if (records.length >= mostTokens) throw new TokenProblem("too_many_tokens", `there are ${mostTokens} tokens`);
        const secret = `connack_${randomBytes(32).toString("base64url")}`;
        const expiry = expiresAt === undefined ? {} : { expiresAt: iso(expiresAt) };
        const record = { name, role, sha256: hashOf(secret), createdAt: iso(nowMs()), ...expiry };
        await writeTokenFile(folder, [...records, record]);
        use([...records, record]);
        return { secret, token: { ...shown(record) } };
      }),
    remove: (name) =>
      inTurn(async () => {
        const record = records.find((each) => each.name === name);
        if (!record) throw new TokenProblem("token_not_found", `there is no token ${JSON.stringify(name)}`);
        const others = records.filter((each) => each !== record);
        await writeTokenFile(folder, others);
        const token = shown(record);
        use(others);
        for (const tell of watchers.get(token) ?? []) tell();
        watchers.delete(token);
        return { ...token };
      }),
    find(secret) {
      const token = byHash.get(hashOf(secret));
      if (!token) return { ok: false, why: "unknown" };
      if (token.expiresAt !== undefined && token.expiresAt <= nowMs()) return { ok: false, why: "expired" };
      token.lastUsedAt = nowMs();
      return { ok: true, token };
    },
    watch(token, whenRemoved) {
      const those = watchers.get(token) ?? new Set();
      watchers.set(token, those.add(whenRemoved));
      return () => {
        those.delete(whenRemoved);
        if (those.size === 0 && watchers.get(token) === those) watchers.delete(token);
      };
    },
    close: () => inTurn(() => {}),
  };
}

/** 256 random bits need no slow hash. */
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function shownOf({ name, role, createdAt, expiresAt }: TokenRecord): AccessToken {
  const expiry = expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) };
  return { name, role, createdAt: Date.parse(createdAt), ...expiry };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
