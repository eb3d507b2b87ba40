/** An entry below `server` that is to have another value. `value` may be a secret, `from` and `shown` never are. */
export interface WantedEntry {
  /** `["mqtt_gateway"]`, or `["mqtt_gateway", "port"]` inside a mapping that is there. */
  path: [string] | [string, string];
  value: WantedValue;
  from?: string | undefined;
  shown: string;
}

export type WantedScalar = string | number | boolean;
export type WantedValue = WantedScalar | Record<string, WantedScalar>;
