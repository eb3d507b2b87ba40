import { randomBytes } from "node:crypto";

/** A payload that nobody else has. */
export function nonce(): string {
  return `connack emqx verify ${randomBytes(8).toString("hex")}`;
}
