import { contentType, errorBody, isHtml, isUnknownPath } from "./answer-content.ts";
import { type Asking, explainUnauthorized } from "./explain-unauthorized.ts";
import { explainWrongJwtError } from "./explain-wrong-jwt.ts";
import { ManagementError, type ManagementProblem } from "./management-error.ts";
import { scrubSecrets, shorten } from "./scrub-secrets.ts";
import type { Incoming } from "./send-request.ts";
import { messageText } from "./validation-text.ts";

export interface AnswerContext {
  /** e.g. `PUT /authentication/jwt`. */
  endpoint: string;
  /** Where the API is, without credentials. */
  url: string;
  /** What must not show in any text, as it is sent. */
  secrets: readonly string[];
  /** Who asks, for what is said of a refusal. */
  as: Asking;
}

/** An answer that is not a success, in words for the operator. */
export function explainAnswer(answer: Incoming, context: AnswerContext): ManagementError {
  const { endpoint } = context;
  const body = errorBody(answer);
  const code = typeof body?.["code"] === "string" ? shorten(body["code"], 60) : undefined;
  const said = shorten(scrubSecrets(messageText(body?.["message"]), context.secrets));
  const { problem, sentence, next } = explain({ ...answer, code, said, isEmqx: body !== undefined }, context);
  return new ManagementError(`${endpoint}: ${sentence}`, {
    problem,
    endpoint,
    status: answer.status,
    ...(code !== undefined && { code }),
    ...(next !== undefined && { next }),
  });
}

/** What answers is no API of EMQX 5, or EMQX says nothing that can be read. */
export function explainUnreadable(answer: Incoming, { endpoint, url }: AnswerContext): ManagementError {
  const type = contentType(answer);
  if (isHtml(answer)) {
    return new ManagementError(`${endpoint}: ${webPage(url, answer.status)}`, {
      problem: "not_emqx",
      endpoint,
      status: answer.status,
      next: checkUrl,
    });
  }
  return new ManagementError(`${endpoint}: ${url} answers ${answer.status} with ${type}, which is no JSON.`, {
    problem: "unreadable_answer",
    endpoint,
    status: answer.status,
    next: checkUrl,
  });
}

export interface Explanation {
  problem: ManagementProblem;
  sentence: string;
  next?: string | undefined;
}

interface Refusal extends Incoming {
  code: string | undefined;
  /** EMQX's words, fit to be shown; empty where there are none. */
  said: string;
  isEmqx: boolean;
}

const checkUrl =
  "check brokers.emqx.url: it is the address of EMQX's dashboard and API, by default port 18083, and not of MQTT, Connack or a proxy";

function explain(refusal: Refusal, context: AnswerContext): Explanation {
  const { status, said, code } = refusal;
  const words = [code, said].filter((text) => text !== undefined && text !== "").join(": ");
  const told = words === "" ? `${status}, without a word` : `${status} ${words}`;
  if (status >= 300 && status < 400) return explainRedirect(refusal, context);
  if (isHtml(refusal) && !isUnknownPath(refusal)) {
    return { problem: "not_emqx", sentence: webPage(context.url, status), next: checkUrl };
  }
  switch (status) {
    case 400:
      return explainBadRequest(refusal, told);
    case 401:
      return explainUnauthorized(code, told, context.as);
    case 403:
      return {
        problem: "forbidden",
        sentence: `EMQX does not let us do that (${told}).`,
        next: "give the API key or dashboard user the role of an administrator",
      };
    case 404:
      return isUnknownPath(refusal)
        ? {
            problem: "not_found",
            sentence: "EMQX does not know this call.",
            next: "check EMQX's version: 5.8 is known",
          }
        : { problem: "not_found", sentence: `EMQX has no such object (${told}).` };
    case 405:
      return { problem: "rejected", sentence: "EMQX does not know this call (405).", next: checkUrl };
    case 409:
      return {
        problem: "conflict",
        sentence: `it is not as it was expected to be in EMQX (${told}).`,
        next: readAgain,
      };
    case 415:
      return { problem: "rejected", sentence: `EMQX did not take the content type (${told}).`, next: reportThis };
    default:
      if (status >= 500) return explainServerError(status, told);
      return { problem: "rejected", sentence: `EMQX refuses it (${told}).` };
  }
}

const readAgain = "somebody else changed EMQX meanwhile: read it again with connack emqx plan";
const reportThis = "please report this";

function explainBadRequest(refusal: Refusal, told: string): Explanation {
  if (refusal.body === "") {
    return {
      problem: "unauthorized",
      sentence: "EMQX answers 400 without a word, as it does to credentials it cannot read.",
      next: "check brokers.emqx.apiKey and apiSecret for characters that do not belong there",
    };
  }
  const wrongJwt = explainWrongJwtError(refusal.said);
  if (wrongJwt !== undefined) return { problem: "rejected", sentence: `EMQX refuses it (${told}).`, next: wrongJwt };
  const exists = /ALREADY_EXISTS|already_?\s?exist|duplicated/i.test(`${refusal.code} ${refusal.said}`);
  if (exists) return { problem: "conflict", sentence: `it is there already (${told}).`, next: readAgain };
  return { problem: "rejected", sentence: `EMQX refuses it (${told}).` };
}

function explainServerError(status: number, told: string): Explanation {
  if (status === 502 || status === 503 || status === 504) {
    return {
      problem: "server_error",
      sentence: `EMQX, or a proxy in front of it, is not available (${told}).`,
      next: "wait until EMQX has started, and look into its log",
    };
  }
  return {
    problem: "server_error",
    sentence: `EMQX failed (${told}).`,
    next: "look into EMQX's log; EMQX also answers so to input it does not expect",
  };
}

function explainRedirect({ status, headers }: Incoming, { url }: AnswerContext): Explanation {
  const target = headers.location;
  const to = target !== undefined && URL.canParse(target, url) ? new URL(target, url).origin : undefined;
  return {
    problem: "not_emqx",
    sentence: `${url} sends us elsewhere (${status}${to === undefined ? "" : ` to ${to}`}), as EMQX's API never does.`,
    next: to === undefined || to === url ? checkUrl : `if that is EMQX, write ${to} into brokers.emqx.url`,
  };
}

function webPage(url: string, status: number): string {
  return `${url} answers with a web page (${status}): this is not EMQX's API, or something in between answers for it.`;
}
