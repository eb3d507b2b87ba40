import type { Hint } from "@connack/credentials";
import type { NewAuditEvent } from "./audit-event.ts";

/** Longest text of each member, in characters. */
const longest = {
  broker: 64,
  listener: 128,
  deviceId: 256,
  clientId: 256,
  address: 64,
  keyId: 256,
  reason: 64,
  detail: 1000,
  topic: 256,
  actor: 128,
} as const;
type TextMember = keyof typeof longest;
const textMembers = Object.keys(longest) as TextMember[];

const mostHints = 8;
const longestHint = 500;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const everyControl = new RegExp(control, "g");

/** The event with a reason where it is a refusal, with texts of bounded length and without control characters, and only numbers that can be kept. */
export function cleanEvent(event: NewAuditEvent): NewAuditEvent {
  const clean: NewAuditEvent = { ...event };
  for (const member of textMembers) {
    const text = event[member];
    if (text !== undefined) clean[member] = cleanText(text, longest[member]);
  }
  if (event.reason === undefined && isRefusalByType(event)) clean.reason = event.type;
  if (event.hints !== undefined) clean.hints = event.hints.slice(0, mostHints).map(cleanHint);
  if (event.latencyUs !== undefined) clean.latencyUs = Math.round(event.latencyUs);
  if (event.token !== undefined) {
    const { iat, nbf, exp } = event.token;
    clean.token = {
      ...(isKept(iat) && { iat }),
      ...(isKept(nbf) && { nbf }),
      ...(isKept(exp) && { exp }),
    };
  }
  return clean;
}

/** Counted and looked up by reason like every other refusal. */
function isRefusalByType({ type }: NewAuditEvent): boolean {
  return type === "publish_denied" || type === "subscribe_denied" || type === "connack";
}

function cleanHint({ code, text }: Hint): Hint {
  return { code, text: cleanText(text, longestHint) };
}

function cleanText(text: string, most: number): string {
  const cut = text.length > most ? text.slice(0, most) : text;
  return control.test(cut) ? cut.replace(everyControl, "\ufffd") : cut;
}

function isKept(seconds: number | undefined): seconds is number {
  return Number.isSafeInteger(seconds);
}
