import { durationText } from "@connack/credentials/verify";

/** What a JWT says of itself. Nothing here is proven: it is for people who look for a mistake. */
export interface UnprovenToken {
  header?: Record<string, unknown>;
  payload?: Record<string, unknown>;
  /** "in 59 min", "3 min ago": `exp` and `iat` seen from the clock of this machine. */
  expires?: string;
  issued?: string;
  characters: number;
}

/** Reads header and payload of something that looks like a JWT; `undefined` for anything else. */
export function readTokenUnproven(text: string, nowMs: number): UnprovenToken | undefined {
  if (!text.startsWith("eyJ")) return undefined;
  const [header, payload] = text.split(".").map(readPart);
  const token: UnprovenToken = { characters: text.length };
  if (header) token.header = header;
  if (!payload) return token;
  token.payload = payload;
  if (typeof payload.exp === "number") token.expires = relative(payload.exp - nowMs / 1000);
  if (typeof payload.iat === "number") token.issued = relative(payload.iat - nowMs / 1000);
  return token;
}

function readPart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // a broken part is shown as missing; the decision names the defect
  }
}

/** Seconds from now: "in 1 h 5 min", "3 min 12 s ago". */
function relative(seconds: number): string {
  return seconds < 0 ? `${durationText(seconds)} ago` : `in ${durationText(seconds)}`;
}
