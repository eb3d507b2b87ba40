import { randomBytes } from "node:crypto";
import type { Login } from "./loan.ts";

/** The login with a signature of the same form that no key made; of a token only its last part changes. */
export function otherSignature({ kind, clientId, username, password }: Login): Login {
  if (isToken(password)) return { kind, clientId, username, password: resigned(password) };
  if (isToken(username)) return { kind, clientId, username: resigned(username), password };
  const bytes = Buffer.from(password, "base64").length;
  return { kind, clientId, username, password: randomBytes(bytes).toString("base64") };
}

function isToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

function resigned(token: string): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url").length;
  return [header, payload, randomBytes(bytes).toString("base64url")].join(".");
}
