import type { Values } from "./http/render-template.ts";

/** What is known of a client while it connects and afterwards. */
export interface ClientInfo {
  clientId: string;
  username: string | undefined;
  password: Buffer | undefined;
  peerHost: string;
  peerPort: number;
  certificateSubject: string | undefined;
  certificateCommonName: string | undefined;
  clientAttrs: Record<string, string>;
}

/** The text of a password; `undefined` where it is not UTF-8. */
export function passwordText(password: Buffer | undefined): string | undefined {
  if (password === undefined) return "";
  const text = password.toString("utf8");
  return Buffer.from(text).equals(password) ? text : undefined;
}

/** The placeholders an HTTP authenticator knows (5.8.0). */
export function authnValues(client: ClientInfo): Values {
  return { ...sharedValues(client), password: passwordText(client.password) };
}

/** The placeholders an HTTP authorization source knows. */
export function authzValues(client: ClientInfo, request: Record<string, string>): Values {
  return { ...sharedValues(client), proto_name: "mqtt", mountpoint: undefined, ...request };
}

function sharedValues(client: ClientInfo): Values {
  const attributes = Object.entries(client.clientAttrs).map(([name, value]) => [`client_attrs.${name}`, value]);
  return {
    clientid: client.clientId,
    username: client.username,
    peerhost: client.peerHost,
    cert_subject: client.certificateSubject,
    cert_common_name: client.certificateCommonName,
    ...Object.fromEntries(attributes),
  };
}
