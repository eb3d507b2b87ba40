import type { Config } from "../../../config/config-schema.ts";
import type { EmqxConfig } from "../../../config/emqx-section.ts";
import type { JsonObject } from "../management/management-client.ts";
import { desiredEvents } from "./desired-events.ts";
import { desiredJwt, desiredJwtRules } from "./desired-jwt.ts";
import { clientSsl, jsonHeaders, seconds } from "./request-options.ts";

/** Our authenticators, in the order they are asked. */
export const httpAuthenticator = "password_based:http";
export const jwtAuthenticator = "jwt";

/** What EMQX shall be, as far as it is ours; secrets in clear: never printed as it is. */
export interface DesiredState {
  /** Where EMQX reaches Connack. */
  connackUrl: string;
  /** Of the chain, in their order; bodies for POST. */
  authenticators: JsonObject[];
  position: EmqxConfig["position"];
  otherAuthenticators: EmqxConfig["otherAuthenticators"];
  settings: JsonObject;
  /** Only for EMQX 5.7, which takes no rights with the answer to a CONNECT. */
  httpSource: JsonObject | undefined;
  /** Rights of clients that EMQX lets in by their token; none where it does not. */
  databaseRules: JsonObject[];
  autoSubscribe: JsonObject[];
  connectors: JsonObject[];
  actions: JsonObject[];
  rules: JsonObject[];
}

export interface DesiredInput {
  emqx: EmqxConfig;
  /** How the service itself checks tokens. */
  ownJwt: Config["credentials"]["jwt"];
  /** What EMQX shows us that it is EMQX. */
  brokerToken: string;
  /** Content of `brokers.emqx.jwt.publicKeyFile`. */
  publicKey?: string;
  /** What EMQX checks our certificate with: content of `brokers.emqx.connackCaFile`, or in a file for EMQX a path there. */
  connackCa?: string;
  /** EMQX asks for the rights of each topic, as 5.7 has to. */
  asksPerTopic: boolean;
}

/** What the configuration wants of EMQX. */
export function desiredState(input: DesiredInput): DesiredState {
  const { emqx, asksPerTopic } = input;
  const jwt = desiredJwt(input);
  return {
    connackUrl: emqx.connackUrl,
    authenticators: [...(jwt ? [jwt] : []), desiredAuthenticator(input)],
    position: emqx.position,
    otherAuthenticators: emqx.otherAuthenticators,
    settings: {
      no_match: "deny",
      deny_action: emqx.denyAction,
      cache: {
        enable: emqx.authorizationCache.enabled,
        max_size: emqx.authorizationCache.maxSize,
        ttl: seconds(emqx.authorizationCache.ttl),
      },
    },
    httpSource: asksPerTopic ? desiredSource(input) : undefined,
    databaseRules: jwt ? desiredJwtRules(emqx) : [],
    autoSubscribe: emqx.autoSubscribe.map((topic) => ({ topic, qos: 0, nl: 0, rap: 0, rh: 0 })),
    ...desiredEvents(input),
  };
}

function desiredAuthenticator(input: DesiredInput): JsonObject {
  return {
    mechanism: "password_based",
    backend: "http",
    enable: true,
    method: "post",
    url: connackAddress(input.emqx, "/brokers/emqx/authn"),
    headers: jsonHeaders(input.brokerToken),
    body: placeholders("clientid", "username", "password", "peerhost", "cert_common_name", "cert_subject"),
    ...requestOptions(input),
  };
}

function desiredSource(input: DesiredInput): JsonObject {
  return {
    type: "http",
    enable: true,
    method: "post",
    url: connackAddress(input.emqx, "/brokers/emqx/authz"),
    // EMQX 5.7.0 took the encoding of the body from accept.
    headers: { accept: "application/json", ...jsonHeaders(input.brokerToken) },
    body: {
      device: `\${client_attrs.device}`,
      scheme: `\${client_attrs.scheme}`,
      hostname: `\${client_attrs.hostname}`,
      ...placeholders("clientid", "username", "action", "topic", "qos", "retain"),
    },
    ...requestOptions(input),
  };
}

/** A path of the listener for brokers, as EMQX reaches it. */
export function connackAddress({ connackUrl }: Pick<EmqxConfig, "connackUrl">, path: string): string {
  return `${connackUrl.replace(/\/+$/, "")}${path}`;
}

function requestOptions({ emqx, connackCa }: DesiredInput): JsonObject {
  const { requestTimeout, connectTimeout, poolSize, pipelining, connackUrl } = emqx;
  return {
    request_timeout: seconds(requestTimeout),
    connect_timeout: seconds(connectTimeout),
    pool_size: poolSize,
    enable_pipelining: pipelining,
    ssl: clientSsl(connackUrl, connackCa),
  };
}

function placeholders(...names: string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, `\${${name}}`]));
}
