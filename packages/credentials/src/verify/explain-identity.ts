/** Most characters (UTF-16 units) an identity may have; the registry keeps no longer one. */
export const maxIdentityLength = 256;

/** Control characters, line separators, half surrogate pairs, and the marks that reorder text on a screen. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** What keeps a text from being a device's identity, as the end of a sentence "it is …"; `undefined` when nothing does. */
export function explainIdentity(text: string): string | undefined {
  if (text === "") return "empty";
  if (text.length > maxIdentityLength)
    return `${text.length} characters long, at most ${maxIdentityLength} are allowed`;
  if (unprintable.test(text)) return "not printable: it has a control character or half a surrogate pair";
  return undefined;
}
