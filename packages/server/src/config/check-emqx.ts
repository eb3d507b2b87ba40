import { judgeSecret } from "@connack/credentials/verify";
import { checkEmqxJwt } from "./check-emqx-jwt.ts";
import type { Config } from "./config-schema.ts";
import type { EmqxConfig } from "./emqx-section.ts";

export interface EmqxChecked {
  /** `keys`: what it is about, first what is most likely to be changed. */
  problems: { keys: string[]; problem: string }[];
  warnings: { key: string; warning: string }[];
}

type Wanted = Pick<Config, "brokers" | "credentials">;

const section = "brokers.emqx";
const key = (name: string) => `${section}.${name}`;

/** What single keys of `brokers.emqx` cannot show. No text quotes a value: it might be a secret in the wrong place. */
export function checkEmqx({ brokers, credentials }: Wanted): EmqxChecked {
  const { emqx } = brokers;
  return {
    problems: [
      ...urlProblems(emqx),
      ...credentialProblems(emqx),
      ...timeProblems(emqx),
      ...subscriptionProblems(emqx),
      ...checkEmqxJwt(emqx, credentials.jwt, weakness(emqx, credentials.allowWeakKey)),
    ].map(({ names, problem }) => ({ keys: names.map(key), problem })),
    warnings: urlWarnings(emqx),
  };
}

/** `names` are keys below `brokers.emqx`. */
export interface EmqxProblem {
  names: string[];
  problem: string;
}

function urlProblems({ url, connackUrl, caFile, connackCaFile }: EmqxConfig): EmqxProblem[] {
  const problems: EmqxProblem[] = [];
  const check = (name: string, value: string | undefined, example: string) => {
    const wrong = value === undefined ? undefined : wrongWithUrl(value);
    if (wrong !== undefined) problems.push({ names: [name], problem: `\`${key(name)}\` ${wrong}: ${example}` });
  };
  check("url", url, "write it such as http://127.0.0.1:18083");
  check("connackUrl", connackUrl, "write it such as http://127.0.0.1:8003");
  if (caFile !== undefined && url !== undefined && !url.startsWith("https:")) {
    const problem = `\`${key("caFile")}\` needs an https \`${key("url")}\`: over http no certificate is checked`;
    problems.push({ names: ["caFile", "url"], problem });
  }
  if (connackCaFile !== undefined && !connackUrl.startsWith("https:")) {
    const problem = `\`${key("connackCaFile")}\` needs an https \`${key("connackUrl")}\`: over http no certificate is checked`;
    problems.push({ names: ["connackCaFile", "connackUrl"], problem });
  }
  return problems;
}

function wrongWithUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "is no http or https URL";
  if (url.username !== "" || url.password !== "") return "holds a user name or password, which have keys of their own";
  if (url.search !== "" || url.hash !== "") return "has a query or fragment";
  return text.includes("${") ? "holds a placeholder" : undefined;
}

/** Not for machines of the own network, as most are set up so. */
function urlWarnings({ url, connackUrl }: EmqxConfig): EmqxChecked["warnings"] {
  if (url === undefined || !isRemoteHttp(connackUrl)) return [];
  const warning = `\`${key("connackUrl")}\` is plain http to another machine: passwords and our bearer token are readable on the way`;
  return [{ key: key("connackUrl"), warning }];
}

function isRemoteHttp(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:") return false;
  // Names without a dot are containers and machines of the same network.
  return url.hostname.includes(".") && !/^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(url.hostname);
}

/** Exactly one pair, and whole. */
function credentialProblems({ url, apiKey, apiSecret, username, password }: EmqxConfig): EmqxProblem[] {
  const needs = (name: string, needed: string): EmqxProblem => ({
    names: [name],
    problem: `\`${key(name)}\` needs \`${key(needed)}\``,
  });
  const given = { apiKey, apiSecret, username, password };
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const [first] = names;
  if (url === undefined) return first === undefined ? [] : [needs(first, "url")];
  if (first === undefined) {
    const problem = `\`${key("url")}\` needs \`${key("apiKey")}\` and \`${key("apiSecret")}\`, or \`${key("username")}\` and \`${key("password")}\` of a dashboard user`;
    return [{ names: ["url"], problem }];
  }
  const isBoth = (apiKey ?? apiSecret) !== undefined && (username ?? password) !== undefined;
  if (isBoth) {
    const problem = `an API key and a dashboard user are both set: keep \`${key("apiKey")}\` and \`${key("apiSecret")}\`, or \`${key("username")}\` and \`${key("password")}\``;
    return [{ names, problem }];
  }
  if (apiKey !== undefined && apiSecret === undefined) return [needs("apiKey", "apiSecret")];
  if (apiSecret !== undefined && apiKey === undefined) return [needs("apiSecret", "apiKey")];
  if (username !== undefined && password === undefined) return [needs("username", "password")];
  if (password !== undefined && username === undefined) return [needs("password", "username")];
  return [];
}

/** A time of 0 would refuse every client. */
function timeProblems(emqx: EmqxConfig): EmqxProblem[] {
  const times = {
    timeout: emqx.timeout,
    requestTimeout: emqx.requestTimeout,
    connectTimeout: emqx.connectTimeout,
    ...(emqx.authorizationCache.enabled && { "authorizationCache.ttl": emqx.authorizationCache.ttl }),
  };
  return Object.entries(times).flatMap(([name, seconds]) =>
    seconds > 0 ? [] : [{ names: [name], problem: `\`${key(name)}\` is 0: give it at least 1s` }],
  );
}

/** EMQX 5.8.0 answers 409 to more (recorded). */
const mostSubscriptions = 20;

function subscriptionProblems({ autoSubscribe }: EmqxConfig): EmqxProblem[] {
  const problems: EmqxProblem[] = [];
  if (autoSubscribe.length > mostSubscriptions) {
    const problem = `\`${key("autoSubscribe")}\` has ${autoSubscribe.length} topics; EMQX takes ${mostSubscriptions}`;
    problems.push({ names: ["autoSubscribe"], problem });
  }
  if (new Set(autoSubscribe).size < autoSubscribe.length) {
    problems.push({ names: ["autoSubscribe"], problem: `\`${key("autoSubscribe")}\` has a topic twice` });
  }
  return problems;
}

/** Why nobody should check tokens with this secret, or `undefined`. */
function weakness({ jwt }: EmqxConfig, allowWeakKey: boolean): string | undefined {
  if (!jwt.enabled || jwt.secret === undefined) return undefined;
  const judgement = judgeSecret(jwt.secret, "HS256");
  return judgement.ok || (allowWeakKey && judgement.overridable) ? undefined : judgement.text;
}
