import { readFileSync } from "node:fs";
import { ConfigError } from "../../../config/config-error.ts";
import type { EmqxConfig } from "../../../config/emqx-section.ts";
import {
  createManagementClient,
  type ManagementClientOptions,
  type ManagementCredentials,
} from "./create-management-client.ts";
import type { ManagementClient } from "./management-client.ts";

/** The client that `brokers.emqx` describes. Throws `ConfigError` where it describes none, or the CA cannot be read. */
export function openManagementClient(emqx: EmqxConfig): ManagementClient {
  return createManagementClient(managementOptions(emqx));
}

/** Where EMQX's API is, and who asks. Throws `ConfigError`. */
export function managementOptions(emqx: EmqxConfig): ManagementClientOptions {
  const { url, caFile, timeout } = emqx;
  const credentials = credentialsOf(emqx);
  if (url === undefined || credentials === undefined) {
    const problem =
      "no EMQX is configured: set `brokers.emqx.url`, and `brokers.emqx.apiKey` with `brokers.emqx.apiSecret`";
    throw new ConfigError([{ place: "brokers.emqx", problem }]);
  }
  const ca = caFile === undefined ? undefined : readCa("caFile", caFile);
  return { url, credentials, timeoutMs: timeout * 1000, ...(ca !== undefined && { ca }) };
}

function credentialsOf({ apiKey, apiSecret, username, password }: EmqxConfig): ManagementCredentials | undefined {
  if (apiKey !== undefined && apiSecret !== undefined) return { apiKey, apiSecret };
  return username !== undefined && password !== undefined ? { username, password } : undefined;
}

/** The certificates in a file that a key of `brokers.emqx` names. Throws `ConfigError`. */
export function readCa(key: "caFile" | "connackCaFile", file: string): string {
  const refuse = (problem: string): never => {
    throw new ConfigError([{ place: `brokers.emqx.${key}`, problem: `the file ${file} ${problem}` }]);
  };
  try {
    const text = readFileSync(file, "utf8");
    // EMQX is given the whole text.
    if (text.includes("PRIVATE KEY-----")) return refuse("holds a private key: certificates alone are wanted");
    return text.includes("-----BEGIN CERTIFICATE-----") ? text : refuse("holds no certificate in PEM form");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`);
  }
}
