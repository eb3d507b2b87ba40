import { checkResult } from "./check-result.ts";
import { chooseForm } from "./choose-form.ts";
import { compareKeys, type KeyComparison } from "./compare-keys.ts";
import type { Gateway, GatewayForm } from "./gateway.ts";
import { gatewayEntries } from "./gateway-entries.ts";
import { gatewayRemarks } from "./gateway-remarks.ts";
import type { SignatureKey } from "./known-signature-keys.ts";
import { readServerSection, type ServerSection, unreadable } from "./read-server-section.ts";
import type { Remark } from "./remark.ts";
import { applySplices } from "./splice.ts";
import type { WantedEntry } from "./wanted-entry.ts";
import { writeEntries } from "./write-entries.ts";

/** One setting that gets another value, ready for people: a key is a fingerprint. */
export interface SettingChange {
  setting: string;
  from?: string;
  to: string;
}

/** What has to be done to a xiaozhi server's configuration. `text` holds the key: it is written, never printed. */
export interface XiaozhiPlan {
  form: GatewayForm;
  /** To follow "because". */
  formReason: string;
  changes: SettingChange[];
  /** The whole file afterwards. */
  text: string;
  key: KeyComparison;
  warnings: Remark[];
  /** Why it cannot be done as wanted; with any of these nothing may be written. */
  conflicts: Remark[];
}

export interface PlanOptions {
  /** Name of the file, for messages. */
  file: string;
  gateway: Gateway;
  form?: GatewayForm | undefined;
  keys: readonly SignatureKey[];
  /** Put the key that Connack issues with into the file. */
  writeKey: boolean;
}

/**
 * Finds what has to change so that the devices of this server come to the gateway. Every byte outside of the changed
 * values stays as it is. Throws `OperationError` (`configuration`) for a file that cannot be changed safely.
 */
export function planChange(text: string, { file, gateway, form, keys, writeKey }: PlanOptions): XiaozhiPlan {
  const section = readServerSection(text, file);
  const chosen = chooseForm(section, form);
  if (!chosen) {
    const place = section.yaml.placeOf(section.gateway.node);
    throw unreadable(`${place}: mqtt_gateway is neither host:port nor {enabled, broker, port, udp_port}`);
  }
  const key = compareKeys(section, { form: chosen.form, keys, writeKey, file });
  const entries = gatewayEntries(section, chosen.form, gateway);
  if (key.toWrite !== undefined) entries.push(keyEntry(section, key.toWrite, key));
  const after = applySplices(text, writeEntries(text, section, entries));
  checkResult(text, after, entries);
  return {
    form: chosen.form,
    formReason: chosen.reason,
    changes: entries.map(asChange),
    text: after,
    key,
    warnings: [...key.warnings, ...gatewayRemarks(section, gateway)],
    conflicts: [...key.conflicts, ...(form && form !== chosen.form ? [otherForm(chosen.form, form)] : [])],
  };
}

function keyEntry({ signatureKey }: ServerSection, key: string, { file, connack }: KeyComparison): WantedEntry {
  const from = signatureKey.value && file !== undefined ? `key ${file}` : undefined;
  return { path: ["mqtt_signature_key"], value: key, from, shown: `key ${connack[0]?.fingerprint}` };
}

function asChange({ path, from, shown }: WantedEntry): SettingChange {
  return { setting: `server.${path.join(".")}`, ...(from !== undefined && { from }), to: shown };
}

function otherForm(is: GatewayForm, wanted: GatewayForm): Remark {
  return {
    name: "other_form",
    sentence: `server.mqtt_gateway has the form ${is}, which the server that reads this file understands; it would not understand the form ${wanted}.`,
    next: "leave --form out; when another server is to read the file, remove mqtt_gateway from it first",
  };
}
