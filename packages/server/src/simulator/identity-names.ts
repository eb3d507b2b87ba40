import type { SimulatedScheme } from "./simulation-plan.ts";

/** How the identities of one run are called. */
export interface IdentityNames {
  /** All are in this group; it is what they are found by again. */
  group: string;
  /** From 1 on. */
  device(number: number): string;
  rogue(number: number): string;
}

/** `sim-1-00001`; for xiaozhi MAC addresses, which nobody has been given: the second bit says locally administered. */
export function identityNames(slot: number, scheme: SimulatedScheme): IdentityNames {
  const group = groupOfSlot(slot);
  if (scheme === "xiaozhi-hmac") {
    return { group, device: (number) => mac(slot, number), rogue: (number) => mac(slot, 0x800000 + number) };
  }
  const digits = (number: number) => String(number).padStart(5, "0");
  return {
    group,
    device: (number) => `sim-${slot}-${digits(number)}`,
    rogue: (number) => `sim-${slot}-rogue-${digits(number)}`,
  };
}

export function groupOfSlot(slot: number): string {
  return `connack-simulate-${slot}`;
}

function mac(slot: number, number: number): string {
  const hex = number.toString(16).padStart(6, "0");
  return `02:c0:0${slot}:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
}
