import type { Json } from "../management/management-client.ts";

/**
 * EMQX writes a certificate that it is given as text into a file of its own, and from then on tells only where that is.
 * Whether a place stands for a certificate is known of those alone that were put there from here.
 */
export function isStored(found: Json | undefined, wanted: Json): found is string {
  return isPem(wanted) && typeof found === "string" && found !== "" && !isPem(found);
}

/** What is remembered: the text, and where EMQX put it. */
export function storedAt(pem: Json, place: string): string {
  return `${String(pem)}\n${place}`;
}

export function isPem(value: Json | undefined): boolean {
  return typeof value === "string" && value.includes("-----BEGIN ");
}
