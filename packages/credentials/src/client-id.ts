/** The parts of a xiaozhi client id as sent: `<group>@@@<mac>@@@<anything>`, or the old `<group>@@@<mac>`. */
export interface XiaozhiClientId {
  /** May be empty; no known issuer leaves it so. */
  readonly group: string;
  /** Second part verbatim: the reply topic is `devices/p2p/<deviceText>`. */
  readonly deviceText: string;
  /** `aa:bb:cc:dd:ee:ff` when the second part is a MAC. */
  readonly mac: string | undefined;
  /** May be empty; `undefined` in the old form of two parts, which nobody signs. */
  readonly third: string | undefined;
}

const separator = "@@@";
const macLength = 17;
const canonicalForm = /^[0-9a-f:]+$/;
const macForm = /^[0-9A-Fa-f]{2}(?:[_:-][0-9A-Fa-f]{2}){5}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbidden = /[+#/|\u0000-\u001f\u007f-\u009f]/;

/** `AA_BB_CC_DD_EE_FF`, `aa-bb-…` or `aa:bb:…` as `aa:bb:cc:dd:ee:ff`; `undefined` for anything else. */
export function canonicalMac(text: string): string | undefined {
  if (text.length !== macLength || !macForm.test(text)) return undefined;
  return canonicalForm.test(text) ? text : text.toLowerCase().replace(/[_-]/g, ":");
}

/** Whether the text has parts between `@@@`, however many and whatever is in them. */
export function looksLikeXiaozhiClientId(clientId: string): boolean {
  return clientId.includes(separator);
}

/**
 * Reads a xiaozhi client id: whom it names, not whether it may be used so. `undefined` unless it has two or three parts,
 * the second not empty, free of topic characters (`/ + #`), of `|` (it would shift the boundary of the signed text) and
 * of control characters.
 */
export function parseXiaozhiClientId(clientId: string): XiaozhiClientId | undefined {
  // Several steps of a decision read the same client id one after the other.
  if (clientId === latest.clientId) return latest.parsed;
  latest = { clientId, parsed: parse(clientId) };
  return latest.parsed;
}

let latest: { clientId: string; parsed: XiaozhiClientId | undefined } = { clientId: "", parsed: undefined };

function parse(clientId: string): XiaozhiClientId | undefined {
  const first = clientId.indexOf(separator);
  if (first < 0 || forbidden.test(clientId) || !clientId.isWellFormed()) return undefined;
  const group = clientId.slice(0, first);
  const rest = clientId.slice(first + separator.length);
  const second = rest.indexOf(separator);
  const deviceText = second < 0 ? rest : rest.slice(0, second);
  const third = second < 0 ? undefined : rest.slice(second + separator.length);
  if (deviceText === "" || third?.includes(separator)) return undefined;
  return { group, deviceText, mac: canonicalMac(deviceText), third };
}

/** Puts a client id together. Throws `RangeError` when a part is empty or would not read back as it is. */
export function formatXiaozhiClientId(group: string, mac: string, third: string): string {
  const clientId = [group, macPart(mac), third].join(separator);
  const parsed = parseXiaozhiClientId(clientId);
  if (!group || !third || parsed?.group !== group || parsed.third !== third) {
    throw new RangeError("group and third part must be non-empty and free of @@@, / + # | and control characters");
  }
  return clientId;
}

/** The old form of two parts, which no password goes with. Throws `RangeError` like `formatXiaozhiClientId`. */
export function formatUnsignedXiaozhiClientId(group: string, mac: string): string {
  const clientId = [group, macPart(mac)].join(separator);
  const parsed = parseXiaozhiClientId(clientId);
  if (!group || parsed?.group !== group || parsed.third !== undefined) {
    throw new RangeError("the group must be non-empty and free of @@@, / + # | and control characters");
  }
  return clientId;
}

function macPart(mac: string): string {
  const canonical = canonicalMac(mac);
  if (canonical === undefined) throw new RangeError(`not a MAC address: ${JSON.stringify(mac)}`);
  return canonical.replaceAll(":", "_");
}
