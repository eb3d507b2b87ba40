import { canonicalMac } from "@connack/credentials";
import { type CredentialsProvider, CredentialsRefused, type DeviceCredentials } from "../device-credentials.ts";
import { askServer, isTemporary } from "./ask-server.ts";
import { type CheckInAnswer, readCheckInAnswer } from "./check-in-answer.ts";
import { printableText } from "./printable-text.ts";
import { headerValue, requestHeaders } from "./request-headers.ts";
import { serviceUrl } from "./service-url.ts";

export interface CheckInOptions {
  /** Of the OTA check-in, such as `http://192.0.2.1:8003/xiaozhi/ota/`. */
  url: string;
  /** Of the device, in any usual form. Whoever knows it is given its credentials: the check-in has no other proof. */
  mac: string;
  /** The device's own UUID, made once and kept. */
  clientId: string;
  /** Board type; servers make the first part of the MQTT client id of it. Default `connack-device`. */
  board?: string;
  /** Default `1.0.0`. */
  firmwareVersion?: string;
  /** More members of the body, in place of those of the same name. */
  body?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
  /** Told each answer that has credentials, before they are used. */
  onAnswer?: (answer: CheckInAnswer) => void;
}

export interface CheckIn extends CredentialsProvider {
  /** A check-in by hand, for broker address and topics before there is a device. Rejects as `get` does. */
  ask(options?: { signal?: AbortSignal }): Promise<CheckInAnswer>;
}

/**
 * Credentials of a xiaozhi server, asked for as its devices do: POST with the headers Device-Id and Client-Id, answer with
 * an object `mqtt`. They have no expiry. The server's time is told (`server_time`, else `Date`). An answer without
 * credentials is `CredentialsRefused`. Throws TypeError naming the option that is wrong.
 */
export function checkIn(options: CheckInOptions): CheckIn {
  // Firmware and servers use plain HTTP: whoever wants more has a server with https:.
  const url = serviceUrl("url", options.url, { allowInsecure: true });
  const mac = canonicalMac(String(options.mac));
  if (mac === undefined) throw new TypeError("mac has to be a MAC address, such as 02:00:00:00:00:01");
  const uuid = headerValue("clientId", options.clientId);
  const board = headerValue("board", options.board ?? "connack-device");
  const version = headerValue("firmwareVersion", options.firmwareVersion ?? "1.0.0");
  const { onAnswer } = options;
  const question = {
    url,
    headers: {
      "Activation-Version": "1",
      "User-Agent": `${board}/${version}`,
      ...requestHeaders("headers", options.headers),
      "Device-Id": mac,
      "Client-Id": uuid,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({
      version: 2,
      mac_address: mac,
      uuid,
      application: { name: "connack-device", version },
      board: { type: board, name: board, mac },
      ...options.body,
    }),
  };
  async function ask(request: Parameters<typeof askServer>[1]) {
    const { status, json } = await askServer(question, request);
    if (isTemporary(status)) throw new Error(`HTTP ${status}`);
    const credentials = readCredentials(status, json ?? {});
    const answer = readCheckInAnswer(json ?? {});
    if (answer.serverTimeMs !== undefined) request.heardTime(answer.serverTimeMs);
    onAnswer?.(answer);
    return { credentials, answer };
  }
  return {
    name: `check-in at ${url.host}`,
    needsClock: false,
    get: async (request) => (await ask(request)).credentials,
    async ask({ signal = AbortSignal.timeout(30_000) } = {}) {
      return (await ask({ signal, heardTime() {} })).answer;
    },
  };
}

function readCredentials(status: number, json: Record<string, unknown>): DeviceCredentials {
  if (status !== 200) throw new CredentialsRefused(`HTTP ${status}${because(json)}`);
  const mqtt = json["mqtt"];
  if (typeof mqtt !== "object" || mqtt === null) {
    throw new CredentialsRefused(`the answer has no mqtt object${because(json)}`);
  }
  const { client_id: clientId, username, password } = mqtt as Record<string, unknown>;
  if (password === "") {
    throw new CredentialsRefused(
      "the password is empty: the server has no key to sign with (server.mqtt_signature_key)",
    );
  }
  if (typeof clientId !== "string" || typeof username !== "string" || typeof password !== "string") {
    throw new CredentialsRefused("the mqtt object lacks client_id, username or password");
  }
  return { clientId, username, password };
}

/** Servers say why in one of two members, or offer something else. */
function because(json: Record<string, unknown>): string {
  const said = printableText(json["error"]) || printableText(json["message"]);
  if (said !== "") return `: ${said}`;
  return json["mqtt"] === undefined && json["websocket"] !== undefined
    ? ": it offers WebSocket only (xiaozhi-server: server.mqtt_gateway)"
    : "";
}
