import { compileTemplate, type Template } from "../template.ts";
import type { TemplateName } from "../template-values.ts";

/** What a token has to be. Whatever is not set is not checked, except where a default is named. */
export interface JwtSchemeOptions {
  /** Accepted `iss`: one, or any of a list. */
  issuer?: string | readonly string[] | undefined;
  /** Accepted `aud`: the token has to name one of these, as text or in its list (RFC 7519 §4.1.3). */
  audience?: string | readonly string[] | undefined;
  /** Whole seconds by which clocks may differ, applied to exp, nbf and iat. Default 30. */
  leeway?: number | undefined;
  /** Refuse a token without `exp`. Default true. */
  requireExpiry?: boolean | undefined;
  /** Refuse an `iat` later than now and the leeway. Default true. */
  refuseFutureIat?: boolean | undefined;
  /** Longest time from `iat` to `exp`, in whole seconds. Such a token needs both. */
  maxLifetime?: number | undefined;
  /** Claims by name that have to be there with exactly this value. */
  requiredClaims?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Templates that have to render the CONNECT's own user name or client id, e.g. `${claims.mac_address|hex}`. */
  bindTo?: { username?: string | undefined; clientId?: string | undefined } | undefined;
  /** Template of the device's identity, from claims only. Default `${claims.sub}`. */
  identity?: string | undefined;
}

/** The options, checked and prepared once. */
export interface JwtPolicy {
  issuers: readonly string[] | undefined;
  audiences: readonly string[] | undefined;
  leeway: number;
  requireExpiry: boolean;
  refuseFutureIat: boolean;
  maxLifetime: number | undefined;
  requiredClaims: readonly (readonly [name: string, value: string | number | boolean])[];
  boundUsername: Template | undefined;
  boundClientId: Template | undefined;
  identity: Template;
}

/** Throws TypeError naming the option that cannot be meant. */
export function prepareJwtPolicy(options: JwtSchemeOptions): JwtPolicy {
  return {
    issuers: textList("issuer", options.issuer),
    audiences: textList("audience", options.audience),
    leeway: wholeSeconds("leeway", options.leeway) ?? 30,
    requireExpiry: options.requireExpiry ?? true,
    refuseFutureIat: options.refuseFutureIat ?? true,
    maxLifetime: wholeSeconds("maxLifetime", options.maxLifetime),
    requiredClaims: Object.entries(options.requiredClaims ?? {}),
    boundUsername: claimTemplate("bindTo.username", options.bindTo?.username, "clientId"),
    boundClientId: claimTemplate("bindTo.clientId", options.bindTo?.clientId, "username"),
    identity: claimTemplate("identity", options.identity ?? `\${claims.sub}`),
  };
}

/** An empty list or text would accept nothing, or everything: neither is meant. */
function textList(option: string, value: string | readonly string[] | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === "string" ? [value] : [...value];
  if (list.length === 0 || list.some((text) => typeof text !== "string" || text === "")) {
    throw new TypeError(`${option} has to be a text or a list of texts, none of them empty`);
  }
  return list;
}

function wholeSeconds(option: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
    throw new TypeError(`${option} has to be a whole number of seconds, 0 or more`);
  }
  return value;
}

/** Every template has to use a claim: one made of unproven values, or of none, would prove nothing. */
function claimTemplate(option: string, text: string, also?: TemplateName): Template;
function claimTemplate(option: string, text: string | undefined, also?: TemplateName): Template | undefined;
function claimTemplate(option: string, text: string | undefined, also?: TemplateName): Template | undefined {
  if (text === undefined) return undefined;
  const template = compileTemplate(text, (name) => name.startsWith("claims.") || name === also);
  if (!template.ok) throw new TypeError(`${option}: ${template.error}`);
  if (!template.names.some((name) => name.startsWith("claims."))) {
    throw new TypeError(`${option} has to use a claim, such as \${claims.sub}`);
  }
  return template;
}
