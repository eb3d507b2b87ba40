import { durationText } from "@connack/credentials/verify";
import { readTokenUnproven, type UnprovenToken } from "../operations/read-token-unproven.ts";

/** What a token says of itself, for people and without its signature; nothing of it is proven. */
export interface ShownToken {
  header: Record<string, unknown> | undefined;
  payload: Record<string, unknown> | undefined;
  characters: number;
  /** `2026-01-02 10:00:00 UTC, 3 min ago`. */
  issued?: string;
  expires?: string;
  /** What a broker may mind, or what is surely wrong; one sentence each. */
  remarks: string[];
}

/** `undefined` for a password that is no token. */
export function showToken(
  { clientId, username, password }: { clientId: string; username: string; password: string },
  nowMs: number,
): ShownToken | undefined {
  const token = readTokenUnproven(password, nowMs);
  if (token === undefined) return undefined;
  const { header, payload, characters } = token;
  const issued = timeOf(payload?.["iat"], token.issued);
  const expires = timeOf(payload?.["exp"], token.expires);
  return {
    header,
    payload,
    characters,
    ...(issued !== undefined && { issued }),
    ...(expires !== undefined && { expires }),
    remarks: remarksOn(token, { clientId, username }, nowMs / 1000),
  };
}

function timeOf(seconds: unknown, relative: string | undefined): string | undefined {
  if (!isTime(seconds) || relative === undefined) return undefined;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC, ${relative}`;
}

/** Whole or broken seconds up to the year 5138; what is more is milliseconds. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < 1e11;
}

/** What clocks that differ a little explain, in seconds. */
const slack = 60;
/** 2020-01-01: a clock that says less was never set. */
const unsetBefore = 1_577_836_800;

function remarksOn(
  { header, payload }: UnprovenToken,
  { clientId, username }: { clientId: string; username: string },
  now: number,
): string[] {
  if (header === undefined || payload === undefined)
    return ["The token is broken: its header or its claims cannot be read. Was it cut, or encoded again?"];
  const remarks: string[] = [];
  const { exp, iat, nbf, sub } = payload;
  if (header["alg"] === "none") remarks.push("alg is none: nothing signs this token, and no broker may take it.");
  if (exp === undefined) remarks.push("exp is missing: the token never ends, and many brokers refuse that.");
  else if (!isTime(exp)) remarks.push(`exp is not in seconds since 1970${inMilliseconds(exp)}.`);
  else if (exp <= now) remarks.push(`It has expired ${durationText(now - exp)} ago (exp).`);
  if (iat !== undefined && !isTime(iat)) remarks.push(`iat is not in seconds since 1970${inMilliseconds(iat)}.`);
  else if (isTime(iat) && iat < unsetBefore)
    remarks.push("iat is before 2020: the clock of whoever made it was not set (no network time).");
  else if (isTime(iat) && iat > now + slack)
    remarks.push(
      `iat is in the future by ${durationText(iat - now)}: the clock of whoever made it, or this one, is wrong.`,
    );
  if (isTime(nbf) && nbf > now) remarks.push(`It is good only from ${durationText(nbf - now)} on (nbf).`);
  if (typeof sub !== "string") remarks.push("sub is missing: brokers and Connack take the device's name from it.");
  else {
    if (sub !== clientId) remarks.push(`sub is ${JSON.stringify(sub)}, and the client id is another.`);
    if (sub !== username) remarks.push(`sub is ${JSON.stringify(sub)}, and the user name is another.`);
  }
  return remarks;
}

function inMilliseconds(value: unknown): string {
  return typeof value === "number" && value >= 1e11 ? ", but in milliseconds" : "";
}
