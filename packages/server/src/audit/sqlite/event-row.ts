import type { Hint, SchemeName, TokenTimes } from "@connack/credentials";
import type { AuditEvent, AuditType } from "../audit-event.ts";

/** A row of `events`. */
export interface EventRow {
  id: number;
  type: string;
  first_at: number;
  last_at: number;
  count: number;
  broker: string | null;
  listener: string | null;
  device_id: string | null;
  unproven: number | null;
  client_id: string | null;
  address: string | null;
  scheme: string | null;
  key_id: string | null;
  result: string | null;
  reason: string | null;
  detail: string | null;
  hints: string | null;
  topic: string | null;
  latency_us: number | null;
  token_iat: number | null;
  token_nbf: number | null;
  token_exp: number | null;
  token_first_iat: number | null;
  actor: string | null;
}

export function eventOfRow(row: EventRow): AuditEvent {
  const token = tokenOf(row);
  return {
    id: row.id,
    type: row.type as AuditType,
    firstAt: row.first_at,
    lastAt: row.last_at,
    count: row.count,
    ...(row.broker !== null && { broker: row.broker }),
    ...(row.listener !== null && { listener: row.listener }),
    ...(row.device_id !== null && { deviceId: row.device_id }),
    ...(row.unproven !== null && { unproven: true as const }),
    ...(row.client_id !== null && { clientId: row.client_id }),
    ...(row.address !== null && { address: row.address }),
    ...(row.scheme !== null && { scheme: row.scheme as SchemeName }),
    ...(row.key_id !== null && { keyId: row.key_id }),
    ...(row.result !== null && { result: row.result as "allow" | "deny" }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.detail !== null && { detail: row.detail }),
    ...(row.hints !== null && { hints: JSON.parse(row.hints) as Hint[] }),
    ...(row.topic !== null && { topic: row.topic }),
    ...(row.latency_us !== null && { latencyUs: row.latency_us }),
    ...(token && { token }),
    ...(row.actor !== null && { actor: row.actor }),
  };
}

function tokenOf(row: EventRow): (TokenTimes & { firstIat?: number }) | undefined {
  const { token_iat: iat, token_nbf: nbf, token_exp: exp, token_first_iat: firstIat } = row;
  if (iat === null && nbf === null && exp === null && firstIat === null) return undefined;
  return {
    ...(iat !== null && { iat }),
    ...(nbf !== null && { nbf }),
    ...(exp !== null && { exp }),
    ...(firstIat !== null && { firstIat }),
  };
}
