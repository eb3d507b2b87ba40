import { isIP } from "node:net";
import type { JsonObject } from "../json.ts";
import { descendingJson } from "../json.ts";
import { type Ban, rfc3339 } from "../node-state.ts";
import type { StandInNode } from "../stand-in-node.ts";
import { type ApiAnswer, badRequest, failure, invalid, noContent, notFound, ok } from "./api-answer.ts";
import type { ApiCall, Route } from "./api-call.ts";
import { paged } from "./paging.ts";
import { wrongObject } from "./read-body.ts";
import { type Check, oneOf, text } from "./schema.ts";

const ways = ["clientid", "username", "peerhost", "clientid_re", "username_re", "peerhost_net"];
const asReason = "unable_to_convert_to_enum_symbol";
/** Year 9999: what lies after it was meant as milliseconds. */
const lastSecond = 253_402_300_799;

/** Epoch seconds or RFC 3339. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === "number" ? value : /^\d+$/.test(String(value)) ? Number(value) : undefined;
  const parsed = number ?? Date.parse(String(value)) / 1000;
  return Number.isFinite(parsed) && parsed <= lastSecond ? Math.floor(parsed) : undefined;
}

const moment: Check = (value, path) =>
  seconds(value) === undefined
    ? { path, reason: { expected: "emqx_utils_calendar:epoch_second()" }, value: String(value) }
    : undefined;

const schema = {
  fields: {
    as: { check: oneOf(ways, asReason), required: true },
    at: { check: moment },
    by: { check: text },
    reason: { check: text },
    until: { check: moment },
    who: { check: text, required: true },
  },
} as const;

const view = (ban: Ban) => ({ ...ban, at: rfc3339(ban.at), until: rfc3339(ban.until) });
const isOver = (ban: Ban) => ban.until <= Date.now() / 1000;

function whoProblem(as: string, who: string): ApiAnswer | undefined {
  if (as === "peerhost" && isIP(who) === 0) return badRequest('"bad peerhost"');
  if (!as.endsWith("_re")) return undefined;
  try {
    new RegExp(who);
    return undefined;
  } catch {
    return badRequest('{"missing )",1}');
  }
}

function add(node: StandInNode, { body }: ApiCall): ApiAnswer {
  const wrong = wrongObject(body, schema);
  if (wrong) return wrong;
  const { as, who, by, reason, at, until } = body as JsonObject;
  const whoWrong = whoProblem(String(as), String(who));
  if (whoWrong) return whoWrong;
  const begins = seconds(at) ?? Math.floor(Date.now() / 1000);
  const ends = seconds(until) ?? aYearAfter(begins);
  if (ends <= Date.now() / 1000) return badRequest(codes(`Cannot create expired banned, "${begins}" to "${ends}"`));
  const net = as === "peerhost_net" && !String(who).includes("/");
  const ban: Ban = {
    as: String(as),
    at: begins,
    by: String(by ?? "mgmt_api"),
    reason: String(reason ?? ""),
    until: ends,
    who: net ? `${who}/${String(who).includes(":") ? 128 : 32}` : String(who),
  };
  const old = node.state.bans.find((one) => one.as === ban.as && one.who === ban.who);
  if (old && !isOver(old)) return failure(400, "ALREADY_EXISTS", descendingJson(view(old)));
  node.state.bans = [ban, ...node.state.bans.filter((one) => one !== old)];
  if (ban.as === "clientid") node.kick(ban.who);
  return ok(view(ban));
}

/** 365 days, as recorded. */
function aYearAfter(epochSeconds: number): number {
  return epochSeconds + 365 * 86_400;
}

/** This one error is printed as a list of character codes. */
function codes(message: string): string {
  return `[${[...Buffer.from(message)].join(",")}]`;
}

function remove(node: StandInNode, { params }: ApiCall): ApiAnswer {
  const { as = "", who = "" } = params;
  if (!ways.includes(as)) return invalid({ value: as, reason: asReason, path: "as", kind: "validation_error" });
  const left = node.state.bans.filter((ban) => ban.as !== as || ban.who !== who);
  if (left.length === node.state.bans.length) return notFound(`${as}: ${who} not found`);
  node.state.bans = left;
  return noContent;
}

export const bannedRoutes: Route[] = [
  {
    path: "/banned",
    methods: {
      GET: (node, { query }) => paged(node.state.bans.map(view), query, { hasNext: false }),
      POST: add,
      DELETE: (node) => {
        node.state.bans = [];
        return noContent;
      },
    },
  },
  { path: "/banned/:as/:who", methods: { DELETE: remove } },
];
