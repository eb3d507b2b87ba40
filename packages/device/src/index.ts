export { type ConnackCode, connackCode } from "./connack-code.ts";
export {
  type Connection,
  type ConnectionEnd,
  ConnectRefused,
  type IncomingMessage,
  type PublishOutcome,
} from "./connection.ts";
export type { ConnectionOptions, TlsOptions } from "./connection-options.ts";
export type { EndKind } from "./connection-verdict.ts";
export { createDevice } from "./create-device.ts";
export type { Device, DeviceEvents } from "./device.ts";
export {
  type CredentialsProvider,
  CredentialsRefused,
  type CredentialsRequest,
  type DeviceCredentials,
} from "./device-credentials.ts";
export type { LastEnd } from "./device-history.ts";
export type { DeviceOptions, Message } from "./device-options.ts";
export type { DeviceProblem, ProblemKind } from "./device-problem.ts";
export type { DeviceState } from "./device-state.ts";
export type { DeviceStatus } from "./device-status.ts";
export { openConnection } from "./open-connection.ts";
export { type CheckIn, type CheckInOptions, checkIn } from "./providers/check-in.ts";
export type { CheckInAnswer } from "./providers/check-in-answer.ts";
export { type KeyPairJwtOptions, keyPairJwt } from "./providers/key-pair-jwt.ts";
export type { MintedJwtOptions } from "./providers/minted-jwt.ts";
export { type PasswordOptions, password } from "./providers/password.ts";
export { type SharedSecretJwtOptions, sharedSecretJwt } from "./providers/shared-secret-jwt.ts";
export { type TokenEndpointOptions, tokenEndpoint } from "./providers/token-endpoint.ts";
export { type XiaozhiHmacOptions, xiaozhiHmac } from "./providers/xiaozhi-hmac.ts";
export { MessageDropped, type OutgoingMessage } from "./publish-queue.ts";
export { PublishRefused } from "./publisher.ts";
export { SubscriptionRefused } from "./subscriptions.ts";
