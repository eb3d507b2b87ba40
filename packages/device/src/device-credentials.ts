/** What a device logs in with. */
export interface DeviceCredentials {
  clientId: string;
  username: string;
  password: string;
  /** Unix seconds; without it they are good until they are refused. */
  expiresAt?: number;
}

/** What a provider may use. */
export interface CredentialsRequest {
  /** Unix seconds by the corrected clock of the device. */
  readonly nowSeconds: number;
  /** The client id that `createDevice` was given. */
  readonly clientId: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** To be told the time of a server (Unix milliseconds): the device learns how far its own clock is off. */
  heardTime(serverMs: number): void;
}

/**
 * Where credentials come from. `get` makes or fetches new ones each time; it is asked while the old ones still hold. Its
 * rejection is a problem of the device, which asks again later; `CredentialsRefused` says that asking again soon is no use.
 */
export interface CredentialsProvider {
  /** For status and messages, such as `shared-secret JWT`. */
  readonly name: string;
  /** They hold the time of the device: without a plausible clock none are made. */
  readonly needsClock: boolean;
  get(request: CredentialsRequest): DeviceCredentials | Promise<DeviceCredentials>;
}

/** Whoever hands out credentials says no; the message says why, and holds no secret. */
export class CredentialsRefused extends Error {
  override readonly name = "CredentialsRefused";
}

/** A provider, or a function that is one; a function is taken to need no clock. */
export function asProvider(given: CredentialsProvider | CredentialsProvider["get"]): CredentialsProvider {
  return typeof given === "function" ? { name: "own function", needsClock: false, get: given } : given;
}

/**
 * What a provider gave, looked at: programs without types write providers too.
 * Throws `CredentialsRefused` naming the member that is wrong, never its value.
 */
export function checkCredentials(given: unknown, clientId: string | undefined): DeviceCredentials {
  const credentials = (given ?? {}) as Record<string, unknown>;
  const text = (name: string) => {
    const value = credentials[name];
    if (typeof value !== "string") throw new CredentialsRefused(`the provider gave no ${name}`);
    return value;
  };
  const checked = { clientId: text("clientId"), username: text("username"), password: text("password") };
  // Without an id of its own a device has no session (MQTT 3.1.1 §3.1.3.1).
  if (checked.clientId === "") throw new CredentialsRefused("the provider gave an empty clientId");
  if (clientId !== undefined && checked.clientId !== clientId) {
    throw new CredentialsRefused("the credentials are for another client id than the one this device has");
  }
  const { expiresAt } = credentials;
  if (expiresAt === undefined) return checked;
  if (typeof expiresAt !== "number" || !(expiresAt > 0 && expiresAt < 1e11)) {
    throw new CredentialsRefused("expiresAt has to be Unix seconds");
  }
  return { ...checked, expiresAt };
}
