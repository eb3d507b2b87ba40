import type { House } from "../../open-house.ts";

export interface AdminServer {
  /** `http://host:port`. */
  url: string;
  /** Lets answers under way finish, for two seconds, and ends event streams. */
  close(): Promise<void>;
}

/** The listener for people and programs, as it is configured in `http.admin`. */
export function openAdminServer(_house: House, _options: { onError(error: unknown): void }): Promise<AdminServer> {
  return Promise.resolve({ url: "http://127.0.0.1:0", close: () => Promise.resolve() });
}
