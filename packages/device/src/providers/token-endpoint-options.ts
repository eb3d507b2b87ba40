import type { CredentialsProvider, CredentialsRequest } from "../device-credentials.ts";

export interface TokenEndpointOptions {
  /** https:, or http: on this machine. */
  url: string;
  /** The device for the endpoint, as OAuth's `client_id`; also user name and client id of MQTT where nothing else is given. */
  deviceId?: string;
  /** Of MQTT. Default: the one `createDevice` was given, else `deviceId`. */
  clientId?: string;
  /** Of MQTT. Default `deviceId`. */
  username?: string;
  /** Proves the device by a secret (RFC 6749 §2.3.1). */
  clientSecret?: string;
  /** Where the secret stands: HTTP Basic (default), or the form. */
  clientSecretIn?: "header" | "body";
  /** Proves the device by a token it has already (RFC 6750 §2.1). */
  bearer?: string;
  /**
   * Proves the device by a JWT of its own (RFC 7523 §2.2): `keyPairJwt` with the endpoint as audience and the device as
   * issuer, or a function that gives one.
   */
  assertion?: CredentialsProvider | ((request: CredentialsRequest) => string | Promise<string>);
  /** More of the form, such as `scope`. Default grant: `client_credentials`. */
  parameters?: Readonly<Record<string, string>>;
  /** More headers. */
  headers?: Readonly<Record<string, string>>;
  /** Plain http: to other machines. Default false. */
  allowInsecure?: boolean;
}
