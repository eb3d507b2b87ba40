import type { Temperature } from "./read-temperature.ts";

export interface SensorTopics {
  status: string;
  temperature: string;
}

/** The topics of the guide's sketch, below one name: `<name>/status` and `<name>/sensors/temperature`. */
export function sensorTopics(name: string): SensorTopics {
  return { status: `${name}/status`, temperature: `${name}/sensors/temperature` };
}

/** A reading as the guide's sketch sends it; one that is made up says so. */
export function temperatureMessage(device: string, { celsius, source, simulated }: Temperature, nowSeconds: number) {
  return JSON.stringify({
    device_id: device,
    temperature: celsius,
    unit: "celsius",
    timestamp: nowSeconds,
    ...(simulated ? { simulated: true } : { sensor: source }),
  });
}

/** Kept by the broker for those who subscribe later. A last will has no time: nobody knows yet when it will be. */
export function statusMessage(device: string, status: "online" | "offline", nowSeconds?: number): string {
  return JSON.stringify({ device_id: device, status, ...(nowSeconds !== undefined && { timestamp: nowSeconds }) });
}
