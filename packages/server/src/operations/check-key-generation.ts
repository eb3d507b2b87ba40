import type { SchemeName } from "@connack/credentials";
import type { KeyRing, KeyScheme } from "../provisioning/key-ring.ts";
import type { Device } from "../registry/device.ts";
import { OperationError } from "./operation.ts";

/** Schemes whose credentials are made with a key of the ring; generations count up within each. */
const keySchemes: readonly KeyScheme[] = ["xiaozhi-hmac", "jwt"];

/**
 * Whether some key still makes credentials for the device after the change. Throws `no_such_generation`: otherwise its
 * next connect, perhaps days later, would be the first to tell that nothing can let it in.
 */
export function checkKeyGeneration(
  keyRing: Pick<KeyRing, "summaries">,
  device: Pick<Device, "schemes" | "minKeyGeneration">,
  change: { schemes?: readonly SchemeName[] | undefined; minKeyGeneration?: number | undefined },
): void {
  if (change.schemes === undefined && change.minKeyGeneration === undefined) return;
  const schemes: readonly SchemeName[] = change.schemes ?? device.schemes;
  const wanted = change.minKeyGeneration ?? device.minKeyGeneration;
  if (wanted === 0) return;
  const counted = keySchemes.filter((scheme) => schemes.includes(scheme));
  if (counted.length === 0) {
    if (change.minKeyGeneration === undefined) return;
    throw new OperationError(
      "no_such_generation",
      `key generations are counted for ${keySchemes.join(" and ")}, and the device may use only ${schemes.join(" and ")}`,
      "leave --min-key-generation out, or give --scheme too",
    );
  }
  const there = counted.map((scheme) => ({ scheme, generations: generationsOf(keyRing, scheme) }));
  if (there.some(({ generations }) => generations.some((generation) => generation >= wanted))) return;
  const list = there.map(({ scheme, generations }) => `${scheme} ${generations.join(", ") || "none"}`).join("; ");
  throw new OperationError(
    "no_such_generation",
    `no key has generation ${wanted} or a later one, so the device could never connect; there are: ${list}`,
    "connack key add makes the next generation of a scheme; --min-key-generation 0 allows any",
  );
}

function generationsOf(keyRing: Pick<KeyRing, "summaries">, scheme: KeyScheme): number[] {
  const keys = keyRing.summaries().filter((key) => key.scheme === scheme);
  return [...new Set(keys.map((key) => key.generation))].sort((a, b) => a - b);
}
