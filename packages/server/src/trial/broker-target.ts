import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "@connack/device";
import { type CommandInput, type CommandOption, UsageError } from "../commands/command.ts";
import { seconds, text } from "../commands/option-values.ts";
import { readTextFile } from "../config/read-text-file.ts";

/** Where a device is to connect, and how. */
export interface BrokerTarget {
  url: string;
  /** The URL as it may be shown: a query may hold a token. */
  shown: string;
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  isTls: boolean;
  isWebSocket: boolean;
  /** 4 is MQTT 3.1.1. */
  protocolVersion: 4 | 5;
  timeoutSeconds: number;
  tls?: TlsOptions;
}

export const urlArgument = { name: "<url>", description: "the broker: mqtt://, mqtts://, ws:// or wss://" };

export const targetOptions: readonly CommandOption[] = [
  { flags: "--mqtt <version>", description: "version of MQTT (default: 3.1.1)", choices: ["3.1.1", "5"] },
  { flags: "--ca <file>", description: "PEM of the CA that signed the broker's certificate (default: the system's)" },
  { flags: "--cert <file>", description: "PEM of the device's own certificate, with --key" },
  { flags: "--key <file>", description: "PEM of the private key of --cert" },
];

/** Reads the URL and what belongs to it. Throws `UsageError`; what may hold a secret is not repeated in it. */
export function readBrokerTarget(input: CommandInput, defaultTimeoutSeconds: number): BrokerTarget {
  const url = readUrl(input.args[0] ?? "");
  const isTls = url.protocol === "mqtts:" || url.protocol === "wss:";
  const isWebSocket = url.protocol === "ws:" || url.protocol === "wss:";
  const timeoutSeconds = seconds(input, "timeout", "--timeout") ?? defaultTimeoutSeconds;
  if (timeoutSeconds < 1 || timeoutSeconds > 600) throw new UsageError("--timeout takes 1 s to 10 min");
  const tls = readTls(input, url.protocol, isTls);
  return {
    url: url.href,
    shown: `${url.protocol}//${url.host}${isWebSocket ? url.pathname : ""}`,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || defaultPorts[url.protocol as Protocol],
    isTls,
    isWebSocket,
    protocolVersion: text(input, "mqtt") === "5" ? 5 : 4,
    timeoutSeconds,
    ...(tls && { tls }),
  };
}

const defaultPorts = { "mqtt:": 1883, "mqtts:": 8883, "ws:": 80, "wss:": 443 } as const;
type Protocol = keyof typeof defaultPorts;

function readUrl(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !Object.hasOwn(defaultPorts, url.protocol)) {
    const instead = likely[url?.protocol ?? ""];
    throw new UsageError(
      `the URL has to begin with mqtt://, mqtts://, ws:// or wss://, and name host and port: ${instead ?? "mqtt"}://localhost:${instead === "mqtts" ? 8883 : 1883}`,
    );
  }
  if (url.username !== "" || url.password !== "")
    throw new UsageError("no user name or password in the URL: give --username and --password-file");
  if (url.hostname === "") throw new UsageError("the URL names no host, e.g. mqtt://localhost:1883");
  if (url.port === "0") throw new UsageError("the URL names port 0, which nothing listens on");
  const isMqtt = url.protocol === "mqtt:" || url.protocol === "mqtts:";
  if (isMqtt && (url.pathname.replace("/", "") !== "" || url.search !== ""))
    throw new UsageError(`an ${url.protocol}// URL ends with the port; paths are for ws:// and wss://`);
  return url;
}

/** What other programs call them. */
const likely: Record<string, string> = { "tcp:": "mqtt", "ssl:": "mqtts", "tls:": "mqtts", "https:": "wss" };

function readTls(input: CommandInput, protocol: string, isTls: boolean): TlsOptions | undefined {
  const files = (["ca", "cert", "key"] as const).flatMap((name) => {
    const file = text(input, name);
    return file === undefined ? [] : [[name, file] as const];
  });
  const [first] = files;
  if (first === undefined) return undefined;
  if (!isTls)
    throw new UsageError(`--${first[0]} is for TLS, and ${protocol}// has none: use ${secure[protocol] ?? "mqtts"}://`);
  const tls: TlsOptions = Object.fromEntries(files.map(([name, file]) => [name, readPem(name, file)]));
  if ((tls.cert === undefined) !== (tls.key === undefined)) throw new UsageError("--cert and --key go together");
  checkTls(tls);
  return tls;
}

const secure: Record<string, string> = { "mqtt:": "mqtts", "ws:": "wss" };

function readPem(name: string, file: string): string {
  const content = readTextFile(resolve(file));
  if (!content.found) throw new UsageError(`--${name}: ${file} ${content.problem}`);
  return content.text;
}

function checkTls({ ca, cert, key }: TlsOptions): void {
  for (const [name, pem] of [
    ["ca", ca],
    ["cert", cert],
  ] as const) {
    if (pem !== undefined && !isCertificate(pem)) throw new UsageError(`--${name} holds no certificate in PEM`);
  }
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new UsageError("--key holds no private key in PEM, or not the one of --cert");
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== "";
  } catch {
    return false;
  }
}

/** Whether the host is this machine by its name or address. */
export function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
