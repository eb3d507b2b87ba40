import { explainIdentity } from "@connack/credentials/verify";
import { loggableClientId } from "../telemetry/log-decisions.ts";

const longest = 256;

/** What is in nearly every text, and needs no second look. */
const plain = /^[\x20-\x7e]*$/;

/** Control characters, halves of surrogate pairs, and what would break or turn around the line that it is shown in. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** A text as it may stand in an event: cut, with U+FFFD in the place of what cannot be printed or stored. */
export function eventText(text: string, most = longest): string {
  const start = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return plain.test(start) ? start : start.replace(unprintable, "\ufffd");
}

/** A client id as it may stand in an event; the text of a token or password in its place is not kept. */
export function eventClientId(clientId: string): string {
  const shown = loggableClientId(clientId);
  // What is only cut is no secret, and is cut as everything else is.
  return shown === clientId || clientId.startsWith(shown) ? eventText(clientId) : shown;
}

/**
 * A name that nothing proves, as it may stand for a device: `undefined` where it is empty, too long to be one, not
 * printable, or looks like a token or password that came in the wrong field.
 */
export function eventClaimedId(name: string): string | undefined {
  return explainIdentity(name) === undefined && loggableClientId(name) === name ? name : undefined;
}
