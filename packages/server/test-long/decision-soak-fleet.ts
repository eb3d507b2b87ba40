import { randomBytes } from "node:crypto";
import {
  clientIdOf,
  type FleetKeys,
  firstUnknown,
  hmacLogin,
  jwtLogin,
  type Login,
  macOf,
} from "../../../bench/fleet.ts";

/** Devices 0 and up log in; as many behind them are registered and never do, and rogues take their names. */
export const devices = 10_000;
export const registered = 2 * devices;

/**
 * Of the rogues, how many send a user name and password that have to be hashed. By default none: a connection is
 * answered in order, and a hash takes tens of milliseconds, so that whatever was pipelined behind it waits for it.
 */
const hashedRogues = Number(process.env["CONNACK_SOAK_HASHED_ROGUES"] ?? 0);

const hashed = "noise as password";
export const crowd = "crowd of unknown devices behind one address";
/** A hundred of them have a row of their own, and all others share one. */
export const crowdRows = 101;

interface Kind {
  count: number;
  /** What it may be refused for: each makes a row. */
  reasons: readonly string[];
  login(index: number, keys: FleetKeys, nowSeconds: number): Login;
  /** The device it says to be. */
  device(index: number): number;
}

const wrongKey = randomBytes(32).toString("base64url");
const noise = () => randomBytes(33);
const ofFleet = (index: number) => index;
const silent = (index: number) => devices + index;
const nobody = (index: number) => firstUnknown + index;
const plainName = (index: number) => `user-${index}`;

/** The rogues by what is wrong with them; each retries with the same again and again, as devices do. */
const kinds: Record<string, Kind> = {
  "signature of another key, of a device that logs in": {
    count: 1000,
    reasons: ["bad_signature"],
    device: ofFleet,
    login: (index) => hmacLogin(index, wrongKey),
  },
  "HS256 signature of another key": {
    count: 1000,
    reasons: ["bad_signature"],
    device: silent,
    login: (index, _keys, now) => jwtLogin(silent(index), wrongKey, now - 5),
  },
  "token that is over": {
    count: 1000,
    reasons: ["token_expired"],
    device: silent,
    login: (index, { jwt }, now) => jwtLogin(silent(index), jwt, now - 2 * 86_400),
  },
  "noise as HMAC": {
    count: 500 - hashedRogues,
    reasons: ["bad_signature"],
    device: silent,
    login: (index) => ({ ...hmacLogin(silent(index), wrongKey), password: noise().toString("base64") }),
  },
  "noise as token": {
    count: 500,
    reasons: ["malformed_token"],
    device: silent,
    login: (index, _keys, now) => ({ ...jwtLogin(silent(index), wrongKey, now), password: noiseToken() }),
  },
  [hashed]: {
    count: hashedRogues,
    reasons: ["bad_password", "too_many_attempts"],
    device: nobody,
    login: (index) => {
      const name = plainName(index);
      return { ...hmacLogin(index, wrongKey), clientid: name, username: name, password: noise().toString("hex") };
    },
  },
  "unknown device": {
    count: 500,
    reasons: ["device_unknown"],
    device: nobody,
    login: (index, { hmac }) => hmacLogin(nobody(index), hmac),
  },
  [crowd]: {
    count: 500,
    reasons: ["bad_signature"],
    device: nobody,
    login: (index) => ({ ...hmacLogin(nobody(index), wrongKey), peerhost: "198.51.100.7" }),
  },
};

export interface Rogue {
  kind: string;
  reasons: readonly string[];
  /** Of the device it says to be, where there is one. */
  device: number;
  deviceId: string;
  clientId: string;
}

export const rogues: readonly Rogue[] = Object.entries(kinds)
  .flatMap(([kind, { count }]) => Array.from({ length: count }, () => kind))
  .map((kind, index) => {
    const { reasons, device } = kinds[kind] as Kind;
    const number = device(index);
    const clientId = kind === hashed ? plainName(index) : clientIdOf(number);
    return { kind, reasons, device: number, deviceId: macOf(number), clientId };
  });

/** @param nowSeconds Unix */
export function rogueLogin(index: number, keys: FleetKeys, nowSeconds: number): Login {
  const { kind } = rogues[index] as Rogue;
  return (kinds[kind] as Kind).login(index, keys, nowSeconds);
}

/** HMAC and HS256 by turns. @param nowSeconds Unix */
export function deviceLogin(device: number, keys: FleetKeys, nowSeconds: number): Login {
  return device % 2 === 0 ? hmacLogin(device, keys.hmac) : jwtLogin(device, keys.jwt, nowSeconds - 5);
}

/** Three parts that are Base64 and no JSON. */
function noiseToken(): string {
  return `eyJ${[noise(), noise(), noise()].map((part) => part.toString("base64url")).join(".")}`;
}
