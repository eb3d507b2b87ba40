/** JSON as EMQX's API gives and takes it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * EMQX's HTTP API v5. Paths are below `/api/v5` and begin with `/`, e.g. `/authentication/password_based:http`; ids in
 * them are encoded with `encodeURIComponent` by the caller (recorded on 5.8.0: once, everything). All methods throw
 * `ManagementError`.
 */
export interface ManagementClient {
  /** Where the API is, e.g. `http://127.0.0.1:18083`: for people, without credentials. */
  readonly url: string;
  get(path: string): Promise<Json>;
  /** The same; `undefined` where EMQX answers 404. */
  find(path: string): Promise<Json | undefined>;
  /** `undefined` where the answer has no body. Never sent twice. */
  post(path: string, body?: Json): Promise<Json | undefined>;
  put(path: string, body: Json): Promise<Json | undefined>;
  /** Whether there was something to delete: `false` for 404. */
  delete(path: string): Promise<boolean>;
  /** Logs out where it had logged in, and lets connections go. */
  close(): Promise<void>;
}
