export type DeviceState =
  | "waiting for the clock"
  | "getting credentials"
  | "connecting"
  | "connected"
  | "refreshing"
  | "waiting to try again"
  | "stopped";
