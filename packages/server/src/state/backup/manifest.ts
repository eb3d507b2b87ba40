import { z } from "zod";
import { deviceStatuses } from "../../registry/device.ts";
import { connackVersion } from "../../telemetry/connack-version.ts";
import { BackupProblem, notABackup } from "./backup-problem.ts";

/** Raised when a program that knows only the former number would put a backup back wrongly. */
const formatVersion = 1;

const count = z.int().min(0);

const manifestSchema = z.strictObject({
  format: z.literal("connack-backup"),
  version: z.literal(formatVersion),
  /** What was acknowledged before this moment is in the backup. */
  createdAt: z.iso.datetime(),
  /** Version of Connack that took it. */
  connack: z.string().max(100),
  registry: z.strictObject({
    /** Migrations the registry has, the last one naming its schema. */
    migrations: z.array(z.string().max(100)).max(1000),
    /** Devices by status; services are not among them. */
    devices: z.partialRecord(z.enum(deviceStatuses), count),
    services: count,
  }),
  keys: count,
  /** Schemes whose key came from the configuration, which is not in the backup. */
  configuredKeys: z.array(z.string().max(100)).max(100),
  files: z
    .array(
      z.strictObject({
        /** Relative to the data folder. */
        name: z.string().min(1).max(300),
        size: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1)
    .max(100_000),
});

/** What a backup says of itself: its first entry, `manifest.json`. */
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = Manifest["files"][number];

export const manifestName = "manifest.json";
/** In a backup the files of the data folder lie below this one. */
export const dataPrefix = "connack-data/";

export function newManifest(content: Omit<Manifest, "format" | "version" | "connack">): Manifest {
  return { format: "connack-backup", version: formatVersion, connack: connackVersion(), ...content };
}

/** Throws `BackupProblem`: `not_a_backup`, `backup_newer`, or `backup_damaged` naming the places that are wrong. */
export function parseManifest(text: string): Manifest {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw notABackup(`its ${manifestName} is not readable JSON`);
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const { format, version, connack } = (content ?? {}) as Record<string, unknown>;
  if (format !== "connack-backup") throw notABackup("this is no backup of Connack");
  if (typeof version === "number" && version > formatVersion) {
    throw new BackupProblem(
      "backup_newer",
      `a newer Connack took this backup (${JSON.stringify(connack ?? "of unknown version")}, format ${version})`,
      "restore it with that version",
    );
  }
  const places = parsed.error.issues.map((issue) => issue.path.join(".") || issue.message);
  throw new BackupProblem(
    "backup_damaged",
    `its ${manifestName} is not as it must be (${places.slice(0, 3).join(", ")})`,
    "take another one; nothing was changed",
  );
}
