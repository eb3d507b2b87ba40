import { storableSighting } from "../check-device-input.ts";
import type { Sighting } from "../device-registry.ts";

/**
 * Sightings as they travel to the writer thread, five values each: device, time, address, refusal, client id. One flat
 * array costs both threads a third of what an object for each does.
 */
export type PackedSightings = readonly (string | number | null)[];

/** Those that can be stored. */
export function packSightings(sightings: readonly Sighting[]): PackedSightings {
  const packed: (string | number | null)[] = [];
  for (const given of sightings) {
    const sighting = storableSighting(given);
    if (sighting === undefined) continue;
    const { deviceId, at, address, refusal, clientId } = sighting;
    packed.push(deviceId, at, address ?? null, refusal ?? null, clientId ?? null);
  }
  return packed;
}

export interface UnpackedSighting {
  deviceId: string;
  at: number;
  address: string | null;
  refusal: string | null;
  clientId: string | null;
}

export function* unpackSightings(packed: PackedSightings): Generator<UnpackedSighting> {
  for (let index = 0; index < packed.length; index += 5) {
    const [deviceId, at, address, refusal, clientId] = packed.slice(index, index + 5);
    yield { deviceId, at, address, refusal, clientId } as UnpackedSighting;
  }
}
