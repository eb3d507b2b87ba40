import { type ConnackMeaning, type ConnectRequest, connectLimits, type DenyReason } from "@connack/credentials";
import type { Connection } from "./connection.ts";
import type { EmbeddedBrokerLimits } from "./embedded-broker-limits.ts";
import { isClientTopic } from "./topic-text.ts";

/** The CONNECT is refused before anybody is asked. `connack` where the peer hears something else than the reason's own. */
export interface Unreadable {
  reason: DenyReason;
  connack?: ConnackMeaning;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What a CONNECT tells us, as text. Client id, user name and will topic come as text from the parser, which puts
 * U+FFFD for bytes that are not UTF-8; the password comes as bytes. Never throws.
 */
export function readConnectRequest(
  connection: Connection,
  username: string | undefined,
  password: Uint8Array | undefined,
  limits: EmbeddedBrokerLimits,
): { request: ConnectRequest } | Unreadable {
  const clientId = connection.client.id;
  if (clientId.includes("\ufffd") || username?.includes("\ufffd")) return notText;
  if (clientId.length > limits.maxClientIdLength || /\p{Cc}/u.test(clientId)) return { reason: "bad_client_id" };
  const usernameLength = username?.length ?? 0;
  const passwordLength = password?.length ?? 0;
  if (usernameLength > connectLimits.username || passwordLength > connectLimits.password) {
    return { reason: "request_too_large" };
  }
  const secret = decode(password);
  if (secret === undefined) return notText;
  if (!hasUsableWill(connection)) return { reason: "malformed_request" };
  const request: ConnectRequest = {
    clientId,
    ...(connection.clientIdAssigned && { clientIdAssigned: true as const }),
    username: username ?? "",
    password: secret,
    peerHost: connection.peerHost,
    listener: `embedded:${connection.listener}`,
    ...certificateMembers(connection),
  };
  if (connection.protocolVersion !== undefined) request.protocolVersion = connection.protocolVersion;
  return { request };
}

/** Only what TLS has verified comes this far. */
function certificateMembers({ certificate }: Connection): Partial<ConnectRequest> {
  const { commonName, subject } = certificate ?? {};
  return {
    ...(commonName !== undefined && { certificateCommonName: commonName }),
    ...(subject !== undefined && { certificateSubject: subject }),
  };
}

const notText: Unreadable = { reason: "malformed_request", connack: "bad user name or password" };

function decode(password: Uint8Array | undefined): string | undefined {
  try {
    return password === undefined ? "" : utf8.decode(password);
  } catch {
    return undefined;
  }
}

/** aedes looks at the topic of a will only when it fires, and would then publish to a filter. */
function hasUsableWill(connection: Connection): boolean {
  if (connection.will === undefined) return true;
  const { topic } = connection.will as { topic?: unknown };
  return typeof topic === "string" && isClientTopic(topic);
}
