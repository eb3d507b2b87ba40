import type { ClientInfo } from "../client-info.ts";
import type { JsonObject } from "../json.ts";
import { type Authenticator, type AuthnResult, badCredentials, ignore } from "./authenticator.ts";

export interface DatabaseUser {
  userId: string;
  password: string;
  superuser: boolean;
}

/** `password_based:built_in_database`. */
export class DatabaseAuthenticator implements Authenticator {
  readonly #byClientId: boolean;
  readonly users: Map<string, DatabaseUser>;

  constructor(config: JsonObject, users: Map<string, DatabaseUser>) {
    this.#byClientId = config["user_id_type"] === "clientid";
    this.users = users;
  }

  authenticate(client: ClientInfo): AuthnResult {
    // In 5.8.0 a client without a password is refused here, and the chain ends.
    if (client.password === undefined) return badCredentials;
    const user = this.users.get((this.#byClientId ? client.clientId : client.username) ?? "");
    if (!user || (!this.#byClientId && client.username === undefined)) return ignore;
    if (!client.password.equals(Buffer.from(user.password))) return badCredentials;
    return { result: "allow", superuser: user.superuser, clientAttrs: {}, expiresAtSeconds: undefined, acl: undefined };
  }

  status() {
    return "connected" as const;
  }

  async healthCheck(): Promise<void> {}

  close(): void {}
}
