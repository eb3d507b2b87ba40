import type { Config } from "./config-schema.ts";

export interface HttpChecked {
  /** `key`: what most likely has to be changed. */
  problems: { key: string; problem: string }[];
  warnings: { key: string; warning: string }[];
}

/** What single keys of the listeners for HTTP cannot show. */
export function checkHttp({ brokers, admin }: Config["http"]): HttpChecked {
  const problems = [...pairProblems("http.brokers.tls", brokers.tls), ...pairProblems("http.admin.tls", admin.tls)];
  const warnings: HttpChecked["warnings"] = [];
  const warnOfAll = (key: string, networks: readonly string[], what: string) => {
    if (networks.some((network) => /\/0+$/.test(network))) warnings.push({ key, warning: `\`${key}\` ${what}` });
  };
  const anybody = "lets every caller say which address it has";
  warnOfAll("http.brokers.allowFrom", brokers.allowFrom, "lets every address try credentials on /mqtt/auth");
  warnOfAll("http.brokers.trustedProxies", brokers.trustedProxies, anybody);
  warnOfAll("http.admin.trustedProxies", admin.trustedProxies, anybody);
  return { problems, warnings };
}

/** A certificate and no key would listen without TLS and say nothing. */
function pairProblems(section: string, { certificateFile, keyFile }: Config["http"]["brokers"]["tls"]) {
  const needs = (key: string, needed: string) => ({
    key: `${section}.${key}`,
    problem: `\`${section}.${key}\` needs \`${section}.${needed}\``,
  });
  if (certificateFile !== undefined && keyFile === undefined) return [needs("certificateFile", "keyFile")];
  if (keyFile !== undefined && certificateFile === undefined) return [needs("keyFile", "certificateFile")];
  return [];
}
