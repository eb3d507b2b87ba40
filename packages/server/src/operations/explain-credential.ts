import {
  type ConnectRequest,
  type Decision,
  type DenyReason,
  denyReasons,
  type Hint,
  type SchemeName,
} from "@connack/credentials";
import { z } from "zod";
import { type StepName, stepNames } from "../authn/decide-connect.ts";
import type { House } from "../open-house.ts";
import { quoteWord } from "./quote-word.ts";
import { readTokenUnproven, type UnprovenToken } from "./read-token-unproven.ts";
import { checksOf } from "./scheme-checks.ts";

export const explainInput = z.strictObject({
  /** Left out with a JWT: its `sub` stands in. */
  clientId: z.string().max(4096).optional(),
  username: z.string().max(8192).optional(),
  password: z.string().max(65_536),
});

export interface ExplainedStep {
  name: string;
  state: "passed" | "failed" | "not reached";
}

export interface Explanation {
  result: "allow" | "deny";
  steps: ExplainedStep[];
  scheme?: SchemeName;
  deviceId?: string;
  reason?: DenyReason;
  sentence?: string;
  detail?: string;
  fix?: string;
  hints: Hint[];
  /** ISO 8601: when the broker would cut the connection. */
  expiresAt?: string;
  /** What a JWT says of itself, proven or not. */
  token?: UnprovenToken;
  notes: string[];
}

/** Decides as a CONNECT would be decided, without a trace in the registry, and tells each step in order. */
export async function explainCredential(house: House, input: z.infer<typeof explainInput>): Promise<Explanation> {
  const token = readTokenUnproven(input.password, house.nowMs());
  const { request, notes } = requestFrom(input, token);
  let reached: StepName = "identify";
  const onStep = (step: StepName) => {
    reached = step;
  };
  const decision = await house.decideConnect(request, { dryRun: true, onStep });
  const explanation: Explanation = { ...outcome(decision), steps: explainSteps(decision, reached), notes };
  if (token) explanation.token = token;
  return explanation;
}

function requestFrom(input: z.infer<typeof explainInput>, token: UnprovenToken | undefined) {
  const subject = typeof token?.payload?.sub === "string" ? token.payload.sub : undefined;
  const missing = (["clientId", "username"] as const).filter((field) => input[field] === undefined);
  const standIn = subject ?? "";
  const request: ConnectRequest = {
    clientId: input.clientId ?? standIn,
    username: input.username ?? standIn,
    password: input.password,
  };
  const names = missing.map((field) => (field === "clientId" ? "client id" : "user name")).join(" and ");
  const notes = missing.length === 0 || subject === undefined ? [] : [`No ${names} given: sub of the token stands in.`];
  return { request, notes };
}

function outcome(decision: Decision): Omit<Explanation, "steps" | "notes"> {
  const common = {
    ...(decision.scheme !== undefined && { scheme: decision.scheme }),
    ...(decision.deviceId !== undefined && { deviceId: decision.deviceId }),
  };
  if (decision.result === "allow") {
    const expiry = decision.expireAtSeconds;
    return {
      result: "allow",
      ...common,
      hints: [],
      ...(expiry !== undefined && { expiresAt: new Date(expiry * 1000).toISOString() }),
    };
  }
  const { sentence, fix } = denyReasons[decision.reason];
  const { deviceId: id } = decision;
  return {
    result: "deny",
    ...common,
    reason: decision.reason,
    sentence,
    detail: decision.detail,
    fix: id === undefined ? fix : fix.replace("<id>", () => quoteWord(id)),
    hints: decision.hints,
  };
}

/** The seven steps; `verify` is unfolded into the checks of the scheme, since their order is known. */
function explainSteps(decision: Decision, reached: StepName): ExplainedStep[] {
  const last = stepNames.indexOf(reached);
  return stepNames.flatMap((name, index): ExplainedStep[] => {
    const failed = decision.result === "deny" && index === last;
    const state = failed ? "failed" : index <= last ? "passed" : "not reached";
    const checks = name === "verify" && decision.scheme ? checksOf[decision.scheme] : undefined;
    if (!checks || state === "not reached") return [{ name, state }];
    const broken = failed ? checks.findIndex((check) => check.reasons.includes(decision.reason)) : checks.length;
    if (broken === -1) return [{ name, state }];
    return checks.map((check, at) => ({
      name: `${name}: ${check.name}`,
      state: at < broken ? "passed" : at === broken ? "failed" : "not reached",
    }));
  });
}
