import { z } from "zod";
import { deviceLimits } from "../registry/check-device-input.ts";

const nameRule = "names are 1 to 64 letters, digits, _ and -, the first a letter or digit";

/** Attributes of a device: names of letters, digits, `_` and `-`, short texts as values. */
export const attributesInput = z
  .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, nameRule), z.string().max(256))
  .refine(fitTogether, `all of them are longer than ${deviceLimits.attributes} characters together`);

/** Whether a device can carry all of them. */
export function fitTogether(attributes: Record<string, string>): boolean {
  return JSON.stringify(attributes).length <= deviceLimits.attributes;
}
