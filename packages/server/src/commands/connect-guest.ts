import { OperationError } from "../operations/operation.ts";
import type { LentCredential } from "../operations/service-lend.ts";
import { loadMqttJs, type MqttJsClient, type MqttJsMessage } from "./mqtt-js.ts";

/** One connection to the embedded broker, for the life of a command. */
export interface GuestConnection {
  client: MqttJsClient;
  /** Longest packet the broker takes, in bytes. */
  maxPacketBytes: number | undefined;
  /** Resolves when the connection is over, with what the broker said. */
  over: Promise<string>;
  close(): Promise<void>;
}

const connectWithinMs = 10_000;

/**
 * Connects once, by MQTT 5, and never again by itself: the credential holds for one connection. What arrives goes to
 * `onMessage`, the next one only when that is done. Throws `broker_unreachable`.
 */
export async function connectGuest(
  { url, username, password }: LentCredential,
  onMessage: (packet: MqttJsMessage) => Promise<void> = async () => {},
): Promise<GuestConnection> {
  const { connect } = await loadMqttJs();
  const client = connect(url, {
    clientId: username,
    username,
    password,
    protocolVersion: 5,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: connectWithinMs,
  });
  client.handleMessage = (packet, done) => {
    onMessage(packet).then(
      () => done(),
      (error: unknown) => done(error as Error),
    );
  };
  let said = "the connection broke";
  client.on("disconnect", ({ reasonCode = 0 }) => {
    said = meanings[reasonCode] ?? `the broker ended the connection (0x${reasonCode.toString(16)})`;
  });
  const over = new Promise<string>((resolve) => client.once("close", () => resolve(said)));
  const maxPacketBytes = await new Promise<number | undefined>((resolve, reject) => {
    client.once("connect", ({ properties }) => resolve(properties?.maximumPacketSize));
    const fail = (why: string) => reject(unreachable(url, why));
    client.once("error", ({ message }) => fail(message));
    client.once("close", () => fail("it closed the connection"));
  });
  // Without a listener an error would end the process; the close that follows tells what is needed.
  client.on("error", (error) => {
    said = error.message;
  });
  return { client, maxPacketBytes, over, close: () => endWithin(client, 1000) };
}

/** With a DISCONNECT where that is possible: what still arrives may wait for a reader that does not read. */
async function endWithin(client: MqttJsClient, patienceMs: number): Promise<void> {
  const timer = setTimeout(() => client.end(true), patienceMs);
  await client.endAsync();
  clearTimeout(timer);
}

/** Reason codes of a DISCONNECT from the broker (MQTT 5 §3.14.2.1) that this client can meet. */
const meanings: Record<number, string> = {
  139: "the broker stops (0x8b)",
  149: "the message is larger than the broker takes (0x95)",
  151: "messages came faster than they were read (0x97)",
  152: "an operator ended the connection (0x98)",
};

function unreachable(url: string, why: string): OperationError {
  return new OperationError(
    "broker_unreachable",
    `the embedded broker at ${url} cannot be reached: ${why}`,
    "connack status",
  );
}
