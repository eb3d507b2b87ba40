import { isMap, isScalar } from "yaml";
import { isPlaceholder } from "../config/secret-text.ts";
import type { GatewayForm } from "./gateway.ts";
import { isNull, type ServerSection } from "./read-server-section.ts";

export interface ChosenForm {
  form: GatewayForm;
  /** Why, to follow "because". */
  reason: string;
  /** Whether a gateway is written in the file already. */
  isThere: boolean;
}

/**
 * The form the server that reads this file understands: the one that is there; otherwise the one that was asked for;
 * otherwise what else is in the file. `undefined` for a value that is neither. Upstream knows text only, its EMQX fork
 * the mapping only, and takes the signature key from its environment.
 */
export function chooseForm(section: ServerSection, wanted?: GatewayForm): ChosenForm | undefined {
  const { key, value } = section.gateway;
  if (isMap(value)) return { form: "object", reason: "server.mqtt_gateway is a mapping", isThere: true };
  if (key && value && !isNull(value) && !isUnset(value)) {
    if (!isScalar(value) || typeof value.value !== "string") return undefined;
    return { form: "string", reason: "server.mqtt_gateway is a text", isThere: true };
  }
  if (wanted) return { form: wanted, reason: "of --form", isThere: false };
  const elsewhere = (reason: string, form: GatewayForm): ChosenForm => ({ form, reason, isThere: false });
  if (section.signatureKey.key) return elsewhere("the file has server.mqtt_signature_key, as upstream has", "string");
  if (usesForkPaths(section)) return elsewhere("its URLs begin with /toy/, as those of the EMQX fork", "object");
  return elsewhere("it is the form of upstream, and nothing in the file points to the EMQX fork", "string");
}

function isUnset(value: unknown): boolean {
  if (!isScalar(value) || typeof value.value !== "string") return false;
  return /^(null|none)$/i.test(value.value.trim()) || isPlaceholder(value.value);
}

function usesForkPaths({ server }: ServerSection): boolean {
  return (server?.items ?? []).some(
    ({ value }) => isScalar(value) && /^\w+:\/\/[^/]+\/toy\//.test(String(value.value)),
  );
}
