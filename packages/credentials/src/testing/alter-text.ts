/** A text made from a right one, and how. */
export interface AlteredText {
  how: string;
  text: string;
}

/** Every small change at every place: flipped bits, lost, doubled and swapped characters, all truncations. */
export function* alterEverywhere(text: string): Generator<AlteredText> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      yield { how: `bit ${bit} of byte ${at} flipped`, text: flipped.toString() };
    }
  }
  for (let at = 0; at < text.length; at++) {
    const [before, unit, after] = [text.slice(0, at), text.charCodeAt(at), text.slice(at + 1)];
    // Decoders that keep the low byte, or only seven bits, read these as the original.
    yield { how: `unit ${at} with 0x100 added`, text: before + String.fromCharCode(unit ^ 0x100) + after };
    yield { how: `unit ${at} with 0x80 added`, text: before + String.fromCharCode(unit ^ 0x80) + after };
    yield { how: `unit ${at} lost`, text: before + after };
    yield { how: `unit ${at} doubled`, text: before + text.charAt(at) + text.slice(at) };
    yield {
      how: `unit ${at} swapped with the next`,
      text: before + after.charAt(0) + text.charAt(at) + after.slice(1),
    };
    yield { how: `line break before unit ${at}`, text: `${before}\n${text.slice(at)}` };
    yield { how: `cut after ${at} units`, text: before };
    yield { how: `first ${at + 1} units cut off`, text: after };
  }
}

const attached = [
  " ", "\t", "\n", "\r\n", "\0", "\0\0\0\0", "\u0085", "\u00a0", "\u200b", "\u2028", "\ufeff", "\ud800",
  "=", "==", "A", "AAAA", "a", "0", ".", "..", ",", ";", ":", "|", "/", "+", "%00", "%0A", "\\", '"', "'", "é",
]; // biome-ignore format: a table

/** The same content written differently: other Base64, hex, percent signs, case, Unicode forms, something attached. */
export function* recode(text: string): Generator<AlteredText> {
  for (const extra of attached) {
    yield { how: `${JSON.stringify(extra)} in front`, text: extra + text };
    yield { how: `${JSON.stringify(extra)} behind`, text: text + extra };
    yield { how: `${JSON.stringify(extra)} on both sides`, text: extra + text + extra };
  }
  const bytes = Buffer.from(text);
  const decoded = Buffer.from(text, "base64");
  const rewritten: Record<string, string> = {
    "url-safe Base64": text.replaceAll("+", "-").replaceAll("/", "_"),
    "standard Base64": text.replaceAll("-", "+").replaceAll("_", "/"),
    "padding removed": text.replace(/=+$/, ""),
    "padding as %3D": text.replaceAll("=", "%3D"),
    "plus as space": text.replaceAll("+", " "),
    "Base64 of it": bytes.toString("base64"),
    "url-safe Base64 of it": bytes.toString("base64url"),
    "hex of it": bytes.toString("hex"),
    "decoded from Base64": decoded.toString(),
    "decoded from Base64, one character a byte": decoded.toString("latin1"),
    "decoded and encoded again": decoded.toString("base64"),
    "decoded, then url-safe": decoded.toString("base64url"),
    "decoded, then hex": decoded.toString("hex"),
    "decoded, then upper-case hex": decoded.toString("hex").toUpperCase(),
    "UTF-8 read as Latin-1": bytes.toString("latin1"),
    "UTF-16": Buffer.from(text, "utf16le").toString("latin1"),
    "percent-encoded": encodeURIComponent(text),
    "percent-encoded throughout": bytes.toString("hex").replace(/../g, "%$&"),
    "JSON text": JSON.stringify(text),
    "escaped throughout": text.replace(/./gsu, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
    "upper case": text.toUpperCase(),
    "lower case": text.toLowerCase(),
    NFC: text.normalize("NFC"),
    NFD: text.normalize("NFD"),
    NFKC: text.normalize("NFKC"),
    "full width": text.replace(/[!-~]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0)),
    "underscores as colons": text.replaceAll("_", ":"),
    "colons as underscores": text.replaceAll(":", "_"),
    twice: text + text,
    "twice with a line break": `${text}\n${text}`,
    backwards: [...text].reverse().join(""),
    "lines of 64": text.replace(/.{64}/g, "$&\n"),
    Bearer: `Bearer ${text}`,
    empty: "",
  };
  for (const [how, other] of Object.entries(rewritten)) yield { how, text: other };
}
