export { type ConnackCode, connackCode } from "./connack-codes.ts";
export {
  type Connection,
  type ConnectionEnd,
  ConnectRefused,
  type IncomingMessage,
  type PublishOutcome,
} from "./connection.ts";
export type { ConnectionOptions, TlsOptions } from "./connection-options.ts";
export { createDevice } from "./create-device.ts";
export type { Device, DeviceEvents } from "./device.ts";
export {
  type CredentialsProvider,
  CredentialsRefused,
  type CredentialsRequest,
  type DeviceCredentials,
} from "./device-credentials.ts";
export type { DeviceOptions, Message } from "./device-options.ts";
export type { DeviceProblem, ProblemKind } from "./device-problem.ts";
export type { DeviceState } from "./device-state.ts";
export type { DeviceStatus } from "./device-status.ts";
export { openConnection } from "./open-connection.ts";
export { MessageDropped, type OutgoingMessage } from "./publish-queue.ts";
export { PublishRefused } from "./publisher.ts";
export { SubscriptionRefused } from "./subscriptions.ts";
