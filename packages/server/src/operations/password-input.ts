import { randomBytes } from "node:crypto";
import { hashPassword, isPasswordHash } from "@connack/credentials/verify";
import { z } from "zod";
import { OperationError } from "./operation.ts";

/** A password to set: one we make, one that is given, or a hash from another system (Mosquitto's `$7$` and `$6$`). */
export const passwordInput = z.union([
  z.strictObject({ generate: z.literal(true) }),
  z.strictObject({ text: z.string().min(8).max(1024) }),
  z.strictObject({ hash: z.string().max(1024) }),
]);

/** The hash to store; `password` only when it was made here, to be shown once. Throws `bad_password_hash`. */
export async function passwordHashFrom(
  input: z.infer<typeof passwordInput>,
): Promise<{ hash: string; password?: string }> {
  if ("hash" in input) {
    if (isPasswordHash(input.hash)) return { hash: input.hash };
    throw new OperationError(
      "bad_password_hash",
      "the hash is neither $scrypt$, $7$ nor $6$",
      "take the part after the colon in Mosquitto's password file",
    );
  }
  if ("text" in input) return { hash: await hashPassword(input.text) };
  // As long as all that we make: so it is known for what it is where it comes in the wrong field (`loggableClientId`).
  const password = randomBytes(32).toString("base64url");
  return { hash: await hashPassword(password), password };
}
