import { timingSafeEqual } from "node:crypto";
import { isScalar } from "yaml";
import { isNullText, isPlaceholder } from "../config/secret-text.ts";
import type { GatewayForm } from "./gateway.ts";
import { keyFingerprint } from "./key-fingerprint.ts";
import type { SignatureKey } from "./known-signature-keys.ts";
import { isNull, type ServerSection, unreadable } from "./read-server-section.ts";
import type { Remark } from "./remark.ts";

/** Whether the server signs with a key that Connack checks with. */
export interface KeyComparison {
  state: "same" | "differs" | "missing in the file" | "missing in Connack" | "missing in both";
  /** Fingerprint of the key in the file. */
  file?: string;
  /** Connack's keys, the one it issues with first. */
  connack: { id: string; fingerprint: string }[];
  /** The key to write, when it is asked for and another one than the file's. Secret. */
  toWrite?: string;
  warnings: Remark[];
  conflicts: Remark[];
}

export interface KeyQuestion {
  form: GatewayForm;
  keys: readonly SignatureKey[];
  writeKey: boolean;
  /** Name of the file, for what to type. */
  file: string;
}

/** Compares the key in the file with Connack's; by fingerprint, never by value. */
export function compareKeys(section: ServerSection, question: KeyQuestion): KeyComparison {
  const { keys, writeKey } = question;
  const inFile = keyInFile(section);
  const known = inFile === undefined ? undefined : keys.find(({ key }) => isEqual(key, inFile));
  const compared: KeyComparison = {
    state: stateOf(inFile, keys, known),
    ...(inFile !== undefined && { file: keyFingerprint(inFile) }),
    connack: keys.map(({ id, key }) => ({ id, fingerprint: keyFingerprint(key) })),
    warnings: [],
    conflicts: [],
  };
  const [issuing] = keys;
  if (writeKey && issuing && known !== issuing) {
    compared.toWrite = issuing.key;
    if (known || inFile !== undefined) compared.warnings.push(oldKeyRemark(compared, known?.id));
  } else remark(compared, question, known?.id);
  if (question.form === "object") compared.warnings.push(forkRemark(issuing, compared));
  return compared;
}

function stateOf(
  inFile: string | undefined,
  keys: readonly SignatureKey[],
  known?: SignatureKey,
): KeyComparison["state"] {
  if (inFile === undefined) return keys.length === 0 ? "missing in both" : "missing in the file";
  if (keys.length === 0) return "missing in Connack";
  return known ? "same" : "differs";
}

/** What the server would sign with; `undefined` for what it takes as not set. Throws for what cannot be told. */
function keyInFile({ signatureKey, yaml }: ServerSection): string | undefined {
  const { value, node } = signatureKey;
  if (!value || isNull(value)) return undefined;
  const place = yaml.placeOf(node);
  if (!isScalar(value)) throw unreadable(`${place}: mqtt_signature_key is not a text`);
  if (typeof value.value !== "string") {
    throw unreadable(`${place}: mqtt_signature_key is read as a ${typeof value.value}, not as text; put it in quotes`);
  }
  return isNullText(value.value) || isPlaceholder(value.value) ? undefined : value.value;
}

function remark(compared: KeyComparison, { form, file, writeKey }: KeyQuestion, knownId: string | undefined): void {
  const [issuing] = compared.connack;
  const add = `connack key add --scheme xiaozhi-hmac --file -`;
  if (compared.state === "same") {
    if (issuing && knownId !== issuing.id) {
      compared.warnings.push({
        name: "older_key",
        sentence: `xiaozhi-server signs with Connack's key ${knownId}, Connack itself with the newer ${issuing.id}. Both are accepted.`,
        next: "nothing has to be done; --write-key moves xiaozhi-server to the newer one",
      });
    }
  } else if (compared.state === "differs") {
    const ours = compared.connack.map(({ id, fingerprint }) => `${id} ${fingerprint}`).join(", ");
    compared.conflicts.push({
      name: "keys_differ",
      sentence: `server.mqtt_signature_key has the fingerprint ${compared.file}, and Connack has ${ours}: devices would get passwords that Connack refuses.`,
      next: `give Connack the key of the file as well (${add}, and paste it), which lets devices in that have a password already; or add --write-key to put Connack's key into the file`,
    });
  } else if (compared.state === "missing in Connack") {
    compared.warnings.push({
      name: "connack_has_no_key",
      sentence:
        "Connack, as it is configured here, has no key for xiaozhi devices: with another key than this file's it refuses every one of them.",
      next: `let Connack read this file (xiaozhi.configFile: ${file} in connack.yaml), or set MQTT_SIGNATURE_KEY for it, or ${add} and paste the key`,
    });
  } else if (compared.state === "missing in both") {
    const sentence = "Neither this file nor Connack has a signature key: devices would get no password.";
    const how = "connack key add --scheme xiaozhi-hmac makes one; then add --write-key";
    (form === "string" || writeKey ? compared.conflicts : compared.warnings).push({
      name: "no_key",
      sentence,
      next: how,
    });
  } else if (form === "string") {
    compared.conflicts.push({
      name: "file_has_no_key",
      sentence:
        "server.mqtt_signature_key is not set: xiaozhi-server would give devices an empty password, and all of them would be refused.",
      next: "add --write-key to put Connack's key into the file",
    });
  }
}

function oldKeyRemark(compared: KeyComparison, knownId: string | undefined): Remark {
  const stays = knownId === undefined ? "which Connack does not know" : `which Connack has as ${knownId}`;
  return {
    name: "key_replaced",
    sentence: `The key in the file (${compared.file}, ${stays}) is replaced. Devices keep the password they have until their next start${knownId === undefined ? ", and are refused with it" : ""}.`,
    next:
      knownId === undefined
        ? "to let them in meanwhile: connack key add --scheme xiaozhi-hmac --file -, and paste the old key"
        : `keep ${knownId} until every device was restarted`,
  };
}

function forkRemark(issuing: SignatureKey | undefined, { connack }: KeyComparison): Remark {
  const print = connack[0]?.fingerprint;
  const which = issuing ? `Connack's key ${issuing.id} (${print})` : "the same text as Connack's key";
  return {
    name: "key_from_environment",
    sentence: `A server with this form of mqtt_gateway takes its key from the variable MQTT_SIGNATURE_KEY of its own environment, not from this file; without one it signs with a publicly known key.`,
    next: `set MQTT_SIGNATURE_KEY for xiaozhi-server to ${which}`,
  };
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
