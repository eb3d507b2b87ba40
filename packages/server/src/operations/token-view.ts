import type { AccessToken } from "../provisioning/access-tokens.ts";
import type { Role } from "./operation.ts";

/** What is shown of an access token; times as ISO 8601. */
export interface TokenView {
  name: string;
  role: Role;
  createdAt: string;
  expiresAt?: string;
  isExpired?: true;
  /** Since the server started. */
  lastUsedAt?: string;
}

export function tokenView({ name, role, createdAt, expiresAt, lastUsedAt }: AccessToken, nowMs: number): TokenView {
  return {
    name,
    role,
    createdAt: iso(createdAt),
    ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
    ...(expiresAt !== undefined && expiresAt <= nowMs && { isExpired: true as const }),
    ...(lastUsedAt !== undefined && { lastUsedAt: iso(lastUsedAt) }),
  };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
