import { ManagementError, type ManagementProblem } from "./management-error.ts";
import type { NoAnswer } from "./send-request.ts";

interface Explanation {
  problem: ManagementProblem;
  sentence: string;
  next: string;
}

export interface Asked {
  /** e.g. `GET /nodes`. */
  endpoint: string;
  /** Where the API is, without credentials. */
  url: string;
  timeoutMs: number;
  /** Whether it may have been carried out although nobody said so. */
  changes: boolean;
}

/** A call that got no answer, in words for the operator. */
export function explainConnectionError(reason: NoAnswer, asked: Asked): ManagementError {
  const { problem, sentence, next } = explain(reason, asked);
  const doubt = asked.changes && mayHaveArrived(reason) ? " Whether EMQX did it is not known." : "";
  return new ManagementError(`${asked.endpoint}: ${sentence}${doubt}`, { problem, endpoint: asked.endpoint, next });
}

function explain(reason: NoAnswer, { url, timeoutMs }: Asked): Explanation {
  if (reason.kind === "timeout") {
    return {
      problem: "timeout",
      sentence: `EMQX at ${url} gave no whole answer within ${timeoutMs / 1000} s.`,
      next: "look whether EMQX is overloaded, or its address filtered; a longer time is brokers.emqx.timeout",
    };
  }
  if (reason.kind === "too_long") {
    return {
      problem: "unreadable_answer",
      sentence: `the answer from ${url} is longer than what is taken from EMQX.`,
      next: checkUrl,
    };
  }
  const code = codeOf(reason.cause);
  if (reason.kind === "cut") {
    return {
      problem: "unreadable_answer",
      sentence: `the answer from ${url} broke off before its end.`,
      next: "try again; look into EMQX's log, and at a proxy in between, if it stays so",
    };
  }
  return explainTls(code, url) ?? explainNetwork(code, url, hostOf(url));
}

const checkUrl = "check brokers.emqx.url: it is the address of EMQX's dashboard and API, by default port 18083";

function explainNetwork(code: string, url: string, host: string): Explanation {
  const unreachable = (sentence: string, next: string): Explanation => ({ problem: "unreachable", sentence, next });
  switch (code) {
    case "ECONNREFUSED":
      return unreachable(
        `nothing listens at ${url} (connection refused).`,
        `start EMQX, or ${checkUrl}; 127.0.0.1 inside a container is the container`,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unreachable(`the name ${host} is not known here (${code}).`, checkUrl);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return unreachable(`there is no way to ${host} (${code}).`, `look at network and firewall, and ${checkUrl}`);
    case "ECONNRESET":
    case "EPIPE":
      return unreachable(
        `${url} closed the connection without an answer.`,
        `look into EMQX's log; a port that speaks TLS wants https in brokers.emqx.url`,
      );
    default:
      if (code.startsWith("HPE_")) {
        return {
          problem: "not_emqx",
          sentence: `what answers at ${url} is not HTTP.`,
          next: `${checkUrl}; a port that speaks TLS wants https, and 1883 is MQTT`,
        };
      }
      return unreachable(`${url} cannot be reached (${code}).`, checkUrl);
  }
}

const unknownCa: ReadonlySet<string> = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

function explainTls(code: string, url: string): Explanation | undefined {
  const tls = (sentence: string, next: string): Explanation => ({ problem: "tls", sentence, next });
  if (unknownCa.has(code)) {
    return tls(
      `the certificate of ${url} comes from a CA that is not known here (${code}).`,
      "name the CA's certificate, in PEM form, in brokers.emqx.caFile",
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return tls(
      `the certificate at ${url} is for another name than ${hostOf(url)}.`,
      "write a name of the certificate into brokers.emqx.url, or give EMQX's dashboard one for this name",
    );
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return tls(
      `the certificate at ${url} is not valid now (${code}).`,
      "renew it, or look at the clock of this machine",
    );
  }
  if (/^(EPROTO|ERR_SSL_|ERR_TLS_|CERT_|HOSTNAME_)/.test(code)) {
    return tls(`no TLS with ${url} (${code}).`, "where the port speaks plain HTTP, write http into brokers.emqx.url");
  }
  return undefined;
}

/** A connection that was never made carried nothing. */
function mayHaveArrived({ kind, cause }: NoAnswer): boolean {
  if (kind !== "connection") return true;
  return ["ECONNRESET", "EPIPE"].includes(codeOf(cause)) || codeOf(cause).startsWith("HPE_");
}

function codeOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" ? code : "no reason given";
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
