import type { CredentialsProvider, DeviceCredentials } from "@connack/device";
import type { CredentialSource, TrialCredential } from "../trial/credential-source.ts";

/** Credentials for a device that stays: new ones each time where they can be made. */
export interface SensorProvider extends CredentialsProvider {
  /** Unix seconds at which the newest ends. */
  readonly endsAt: number | undefined;
}

/**
 * @param first what the source gave already, for the first connection
 * @param refused makes the error that says asking again is no use
 */
export function sensorProvider(
  source: CredentialSource,
  first: TrialCredential,
  refused: (message: string) => Error,
): SensorProvider {
  let unused: TrialCredential | undefined = first;
  let endsAt = first.expiresAt;
  return {
    name: source.name,
    needsClock: source.needsClock,
    get endsAt() {
      return endsAt;
    },
    async get({ nowSeconds }): Promise<DeviceCredentials> {
      const made = unused ?? (await source.get(nowSeconds));
      unused = undefined;
      endsAt = made.expiresAt;
      const { clientId, username, password, expiresAt } = made;
      const credentials = { clientId, username, password };
      if (source.kind !== "given") return { ...credentials, ...(expiresAt !== undefined && { expiresAt }) };
      // There is no newer one: it is used until it is refused, and never looked at as due.
      if (expiresAt !== undefined && nowSeconds >= expiresAt)
        throw refused(`it has expired at ${new Date(expiresAt * 1000).toISOString()}; start again with a new one`);
      return credentials;
    },
  };
}
