import { jwsAlgorithms } from "@connack/credentials";
import { z } from "zod";

/**
 * One key as it lies in the folder `keys` (0600). Symmetric keys have `secret`; for asymmetric ones only the public
 * key is needed, the private one allows issuing.
 */
export const keyRecordSchema = z
  .strictObject({
    version: z.literal(1),
    /** What a JWT names as `kid`: 1 to 128 printable ASCII characters. */
    id: z.string().regex(/^[\x20-\x7e]{1,128}$/),
    scheme: z.enum(["xiaozhi-hmac", "jwt"]),
    algorithm: z.enum(["HMAC-SHA256", ...jwsAlgorithms]),
    /** Counts up with each key of the scheme. */
    generation: z.int().min(1),
    createdAt: z.iso.datetime(),
    origin: z.enum(["generated", "added", "configuration"]),
    secret: z.string().min(1).optional(),
    /** How the bytes of the key are written in `secret`. */
    secretEncoding: z.enum(["text", "base64"]).optional(),
    /** Devices sign with keys that are derived from it (HS256), never with itself. */
    perDevice: z.literal(true).optional(),
    publicKey: z.string().optional(),
    privateKey: z.string().optional(),
  })
  .refine((record) => (record.secret === undefined) !== (record.publicKey === undefined), {
    message: "either a secret or a public key",
  })
  .refine(
    ({ perDevice, scheme, algorithm, secret }) =>
      perDevice === undefined || (scheme === "jwt" && algorithm === "HS256" && secret !== undefined),
    { message: "keys for each device are derived from a secret for HS256 alone" },
  );

export type KeyRecord = z.infer<typeof keyRecordSchema>;

/** What may be shown of a key: never the key. */
export interface KeySummary {
  id: string;
  scheme: "xiaozhi-hmac" | "jwt";
  algorithm: string;
  generation: number;
  createdAt: string;
  origin: KeyRecord["origin"];
  /** Whether credentials can be issued with it here. */
  canIssue: boolean;
  /** Devices sign with keys that are derived from it. */
  perDevice?: true;
  /** Why the key is weak, when it was let through all the same. */
  weakness?: string;
}
