export const stormKinds = ["restart", "network", "expiry"] as const;
export type StormKind = (typeof stormKinds)[number];

export const simulatedSchemes = ["jwt", "xiaozhi-hmac", "password"] as const;
export type SimulatedScheme = (typeof simulatedSchemes)[number];

/** What to simulate; checked by whoever makes it. */
export interface SimulationPlan {
  /** Where the broker is: mqtt:, mqtts:, ws: or wss:. */
  url: string;
  /** PEM of the authorities that sign the broker's certificate. */
  ca?: string;
  /** Legitimate devices. */
  devices: number;
  scheme: SimulatedScheme;
  /** 4 is MQTT 3.1.1. */
  protocolVersion: 4 | 5;
  /** Time over which the devices are switched on, one after the other. */
  rampSeconds: number;
  /** How long it goes on once they are connected. */
  durationSeconds: number;
  /** Each device publishes so often; 0: never. */
  publishEverySeconds: number;
  /** In the order in which they come, spread evenly over the duration. */
  storms: readonly StormKind[];
  /** How long the network is away for half of the devices. */
  outageSeconds: number;
  /** How long devices may take to be back, at the start and after a storm. */
  recoverWithinSeconds: number;
  /** Restarts the broker, in the place of cutting all connections here. */
  restartCommand?: string;
  /** Clients that misbehave, beside the devices. */
  rogues: number;
  /** How long a rogue waits before it comes again. */
  rogueEverySeconds: number;
  /** Twins use the identities of legitimate devices, and throw them out. */
  cloneLegitimate: boolean;
}

/** When each storm begins, milliseconds after the ramp: they divide the duration into equal parts. */
export function stormTimesMs({
  storms,
  durationSeconds,
}: Pick<SimulationPlan, "storms" | "durationSeconds">): number[] {
  return storms.map((_, index) => (durationSeconds * 1000 * (index + 1)) / (storms.length + 1));
}
