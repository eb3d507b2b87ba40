/** The three parts of a xiaozhi client id, `<group>@@@<mac>@@@<anything>`, as sent. */
export interface XiaozhiClientId {
  group: string;
  /** Second part verbatim: the reply topic is `devices/p2p/<deviceText>`. */
  deviceText: string;
  /** `aa:bb:cc:dd:ee:ff` when the second part is a MAC. */
  mac: string | undefined;
  third: string;
}

const separator = "@@@";
const macForm = /^[0-9A-Fa-f]{2}(?:[_:-][0-9A-Fa-f]{2}){5}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbidden = /[+#/|\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u;

/** `AA_BB_CC_DD_EE_FF`, `aa-bb-…` or `aa:bb:…` as `aa:bb:cc:dd:ee:ff`; `undefined` for anything else. */
export function canonicalMac(text: string): string | undefined {
  return macForm.test(text) ? text.toLowerCase().replace(/[_-]/g, ":") : undefined;
}

/** Whether the text has three parts between `@@@`, whatever is in them. */
export function looksLikeXiaozhiClientId(clientId: string): boolean {
  return clientId.includes(separator);
}

/**
 * Reads a xiaozhi client id. `undefined` unless it has exactly three non-empty parts free of topic characters
 * (`/ + #`), of `|` (it would shift the boundary of the signed text) and of control characters.
 */
export function parseXiaozhiClientId(clientId: string): XiaozhiClientId | undefined {
  if (forbidden.test(clientId)) return undefined;
  const [group, deviceText, third, ...more] = clientId.split(separator);
  if (!group || !deviceText || !third || more.length > 0) return undefined;
  return { group, deviceText, mac: canonicalMac(deviceText), third };
}

/** Puts a client id together. Throws `RangeError` when the parts would not read back as they are. */
export function formatXiaozhiClientId(group: string, mac: string, third: string): string {
  const canonical = canonicalMac(mac);
  if (canonical === undefined) throw new RangeError(`not a MAC address: ${JSON.stringify(mac)}`);
  const clientId = [group, canonical.replaceAll(":", "_"), third].join(separator);
  const parsed = parseXiaozhiClientId(clientId);
  if (parsed?.group !== group || parsed.third !== third) {
    throw new RangeError("group and third part must be non-empty and free of @@@, / + # | and control characters");
  }
  return clientId;
}
