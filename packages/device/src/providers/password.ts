import type { CredentialsProvider } from "../device-credentials.ts";
import { optionalText, requiredText } from "./required-text.ts";

/** `undefined` is what an environment gives for a variable that is not set. */
export interface PasswordOptions {
  /** Default: the one `createDevice` was given, else the user name. */
  clientId?: string;
  username: string | undefined;
  password: string | undefined;
}

/** A user name and password that do not change. Throws TypeError naming the option that is missing. */
export function password(options: PasswordOptions): CredentialsProvider {
  const clientId = optionalText("clientId", options.clientId);
  const username = requiredText("username", options.username);
  const secret = requiredText("password", options.password);
  return {
    name: "password",
    needsClock: false,
    get: (request) => ({ clientId: clientId ?? request.clientId ?? username, username, password: secret }),
  };
}
