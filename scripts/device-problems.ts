import { ConnectRefused } from "../packages/device/src/connection.ts";
import { connectionVerdict } from "../packages/device/src/connection-verdict.ts";
import { ClockNotSet } from "../packages/device/src/device-clock.ts";
import { CredentialsRefused } from "../packages/device/src/device-credentials.ts";
import {
  clockSteppedProblem,
  connectProblem,
  credentialsProblem,
  type DeviceProblem,
  noTimeLeftProblem,
  type ProblemKind,
  queueFullProblem,
  subscriptionProblem,
  timeProblem,
} from "../packages/device/src/device-problem.ts";
import { SubscriptionRefused } from "../packages/device/src/subscriptions.ts";

const url = "mqtts://broker.example.org";
const plain = { isTakenOver: false, isExpiry: false };
const endpoint = "token endpoint auth.example.org";
const takenOver = 0x8e;
const administrativeAction = 0x98;

/** Problems of each kind as a device tells them: made by its own code, for the documentation. */
export const deviceProblems: Record<ProblemKind, DeviceProblem[]> = {
  refused: [connectProblem(new ConnectRefused(4), url), connectProblem(new ConnectRefused(137), url)],
  unreachable: [connectProblem(new Error("connect ECONNREFUSED 192.0.2.1:8883"), url)],
  clock: [
    credentialsProblem(new ClockNotSet(), endpoint),
    clockSteppedProblem(7_200_000),
    clockSteppedProblem(-3_600_000),
    noTimeLeftProblem("shared-secret JWT"),
    timeProblem(new Error("connect ECONNREFUSED 192.0.2.1:443"), "https://time.example.org"),
  ],
  token: [
    credentialsProblem(new Error("HTTP 503, no reason given"), endpoint),
    credentialsProblem(new CredentialsRefused("HTTP 401, invalid_client"), endpoint),
    connectionVerdict({}, { ...plain, isExpiry: true }).problem,
  ],
  taken_over: [
    connectionVerdict({ code: takenOver }, { ...plain, isTakenOver: true }).problem,
    connectionVerdict({}, { ...plain, isTakenOver: true }).problem,
  ],
  connection_lost: [
    connectionVerdict({}, plain).problem,
    connectionVerdict({ error: new Error("read ETIMEDOUT") }, plain).problem,
    connectionVerdict({ code: administrativeAction }, plain).problem,
  ],
  subscription_refused: [subscriptionProblem(new SubscriptionRefused("devices/#", 128))],
  queue_full: [queueFullProblem],
};
