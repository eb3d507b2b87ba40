import { createHmac } from "node:crypto";

/** What the devices of the bench and the server both know; made anew for each run. */
export interface FleetKeys {
  /** `MQTT_SIGNATURE_KEY` */
  hmac: string;
  /** Secret of the HS256 tokens. */
  jwt: string;
  /** Bearer token of the broker. */
  broker: string;
  /** One password for all devices that have one, so that it is hashed once. */
  password: string;
}

/** Ids from here on are registered nowhere. */
export const firstUnknown = 8_000_000;

export function macOf(device: number): string {
  return `02:00:${pair(device >> 24)}:${pair(device >> 16)}:${pair(device >> 8)}:${pair(device)}`;
}

function pair(byte: number): string {
  return (byte & 0xff).toString(16).padStart(2, "0");
}

/** The same client id with either scheme, as when a fleet moves from one to the other. */
export function clientIdOf(device: number): string {
  const mac = macOf(device).replaceAll(":", "_");
  return `GID_bench@@@${mac}@@@${mac}`;
}

export function passwordDeviceOf(number: number): string {
  return `gate-${number}`;
}

export interface Login {
  clientid: string;
  username: string;
  password: string;
  peerhost: string;
}

const hmacUsername = Buffer.from('{"ip":"203.0.113.7"}').toString("base64");

export function hmacLogin(device: number, key: string): Login {
  const clientid = clientIdOf(device);
  const password = createHmac("sha256", key).update(`${clientid}|${hmacUsername}`).digest("base64");
  return { clientid, username: hmacUsername, password, peerhost: addressOf(device) };
}

/** @param iat Unix seconds; the token holds for a day */
export function jwtLogin(device: number, secret: string, iat: number): Login {
  const sub = macOf(device);
  const claims = Buffer.from(JSON.stringify({ sub, iat, exp: iat + 86_400 })).toString("base64url");
  const signed = `${jwtHeader}.${claims}`;
  const password = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  return { clientid: clientIdOf(device), username: sub, password, peerhost: addressOf(device) };
}

const jwtHeader = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");

export function passwordLogin(number: number, password: string): Login {
  const name = passwordDeviceOf(number);
  return { clientid: name, username: name, password, peerhost: addressOf(number) };
}

/** Each device has an address of its own. */
function addressOf(device: number): string {
  return `10.${(device >> 16) & 0xff}.${(device >> 8) & 0xff}.${device & 0xff}`;
}

/** As EMQX 5.8.0 writes it: names in lower case, content-length and host, then what is configured, sorted by name. */
export function emqxRequest(login: Login, port: number, brokerToken: string): string {
  const { username, peerhost, password, clientid } = login;
  const body = JSON.stringify({ username, peerhost, password, clientid });
  return (
    `POST /mqtt/auth HTTP/1.1\r\ncontent-length: ${Buffer.byteLength(body)}\r\nhost: 127.0.0.1:${port}\r\n` +
    `authorization: Bearer ${brokerToken}\r\ncontent-type: application/json\r\n\r\n${body}`
  );
}
