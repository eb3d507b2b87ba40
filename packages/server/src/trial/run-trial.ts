import type { Connection } from "@connack/device";
import { buffersTooSmall, connectSize } from "../operations/connect-size.ts";
import { OperationError } from "../operations/operation.ts";
import type { ConnackHere, Recorded } from "./ask-connack.ts";
import type { BrokerTarget } from "./broker-target.ts";
import type { TrialCredential } from "./credential-source.ts";
import { exchangeMessages } from "./exchange-messages.ts";
import { type BrokerName, explainConnack } from "./explain-connack.ts";
import { explainNoConnack } from "./explain-no-connack.ts";
import type { TrialTopics } from "./own-topics.ts";
import { reachBroker } from "./reach-broker.ts";
import { shownName } from "./shown-name.ts";
import { showToken } from "./token-remarks.ts";
import type { Failure, StepName, TrialReport, TrialStep } from "./trial-report.ts";

export interface Trial {
  target: BrokerTarget;
  /** Where the credential comes from, in words. */
  source: string;
  credential: TrialCredential;
  topics: TrialTopics;
  publishes: boolean;
  /** Whose broker it is, where somebody said so. */
  broker: BrokerName | undefined;
  connack: ConnackHere | undefined;
  nowMs(): number;
  /** Hears of each step as it is done. */
  tell(step: TrialStep, report: TrialReport): void;
}

/** One connection as a device makes it, each step told; the first that fails is the report's sentence. */
export async function runTrial(trial: Trial): Promise<{ report: TrialReport; failure: Failure | undefined }> {
  const { target, topics, publishes, connack } = trial;
  const broker = trial.broker ?? (connack?.isEmbedded(target) ? "embedded" : undefined);
  const report = beginReport(trial, broker);
  const tell = (name: StepName, state: TrialStep["state"], text: string) => {
    const step = { name, state, text };
    report.steps.push(step);
    trial.tell(step, report);
  };
  tellCredential(trial, report, tell);
  let failure: Failure | undefined;
  const fail = (failed: Failure) => {
    failure ??= failed;
  };
  const isReached = await reachBroker(target, ({ layer, text, obstacle }) => {
    tell(layer, obstacle ? "failed" : "passed", text);
    if (obstacle) fail({ ...obstacle, isUnreachable: true });
  });
  const messages = new MessageInbox();
  const connection = isReached ? await connect(trial, report, { tell, fail, messages, broker }) : undefined;
  if (connection) {
    const exchange = { connection, topics, publishes, messages, target, deviceId: trial.credential.deviceId, connack };
    await exchangeMessages(exchange, report, { tell, fail });
    await connection.end(2000);
    tell("DISCONNECT", "passed", "said goodbye, and left no session at the broker");
  }
  report.works = failure === undefined;
  report.sentence = failure?.sentence ?? worksSentence(report);
  if (failure?.fix !== undefined) report.fix = failure.fix;
  if (failure) report.next = failure.next;
  return { report, failure };
}

/** Where messages arrive, for whoever waits for one. */
export class MessageInbox {
  #look: (topic: string, payload: string) => void = () => {};

  arrived(topic: string, payload: Uint8Array): void {
    this.#look(topic, Buffer.from(payload).toString());
  }

  /** Resolves when that message is there. */
  wait(topic: string, payload: string): Promise<void> {
    return new Promise((resolve) => {
      this.#look = (itsTopic, itsPayload) => {
        if (itsTopic === topic && itsPayload === payload) resolve();
      };
    });
  }
}

export interface Telling {
  tell(name: StepName, state: TrialStep["state"], text: string): void;
  fail(failure: Failure): void;
}

function beginReport(trial: Trial, broker: BrokerName | undefined): TrialReport {
  const { target, source, credential, topics, publishes } = trial;
  const connectBytes = connectSize(credential) + (target.protocolVersion === 5 ? v5Properties : 0);
  const token = showToken(credential, trial.nowMs());
  const { remarks: _told, ...shown } = token ?? { remarks: [] };
  return {
    url: target.shown,
    works: false,
    sentence: "",
    mqtt: target.protocolVersion === 5 ? "5" : "3.1.1",
    ...(broker && { broker }),
    clientId: shownName(credential.clientId),
    username: shownName(credential.username),
    ...(credential.deviceId !== undefined && { deviceId: credential.deviceId }),
    credential: source,
    ...(token && { token: shown as Omit<typeof token, "remarks"> }),
    connectBytes,
    buffersTooSmall: buffersTooSmall(connectBytes),
    topics: { subscribe: topics.subscribe, ...(publishes && { publish: topics.publish }) },
    steps: [],
  };
}

/** Length and session expiry of a CONNECT as this command sends it (MQTT 5 §3.1.2.11). */
const v5Properties = 6;

function tellCredential(trial: Trial, report: TrialReport, tell: Telling["tell"]): void {
  const { credential, source } = trial;
  tell("credential", "passed", source);
  for (const note of credential.notes) tell("credential", "warning", note);
  for (const remark of showToken(credential, trial.nowMs())?.remarks ?? []) tell("token", "warning", remark);
  const small = report.buffersTooSmall;
  if (small.length === 0) tell("size", "passed", `CONNECT has ${report.connectBytes} bytes`);
  else {
    const libraries = small.join(", ");
    tell(
      "size",
      "warning",
      `CONNECT has ${report.connectBytes} bytes, more than the default buffer of ${libraries}: a device with that library sends nothing and tells state -1, until its buffer is enlarged`,
    );
  }
}

interface Connecting extends Telling {
  messages: MessageInbox;
  broker: BrokerName | undefined;
}

async function connect(trial: Trial, report: TrialReport, way: Connecting): Promise<Connection | undefined> {
  const { target, credential, nowMs } = trial;
  const { openConnection, ConnectRefused, connackCode } = await import("@connack/device");
  const beganAt = nowMs();
  const begun = performance.now();
  const options = {
    url: target.url,
    protocolVersion: target.protocolVersion,
    keepAliveSeconds: 60,
    timeoutSeconds: target.timeoutSeconds,
    willDelaySeconds: 0,
    sessionExpirySeconds: 0,
    clean: true,
    ...(target.tls && { tls: target.tls }),
  };
  try {
    const connection = await openConnection(options, credential, ({ topic, payload }) =>
      way.messages.arrived(topic, payload),
    );
    report.connack = { code: 0, name: "accepted" };
    way.tell("CONNACK", "passed", `0 (accepted), after ${Math.round(performance.now() - begun)} ms`);
    return connection;
  } catch (error) {
    if (!(error instanceof ConnectRefused)) {
      const obstacle = explainNoConnack(error, target);
      way.tell("CONNACK", "failed", obstacle.sentence);
      way.fail({ ...obstacle, isUnreachable: true });
      return undefined;
    }
    await tellRefusal(trial, report, way, { code: error.code, name: connackCode(error.code).name, beganAt });
    return undefined;
  }
}

async function tellRefusal(
  trial: Trial,
  report: TrialReport,
  { tell, fail, broker }: Connecting,
  { code, name, beganAt }: { code: number; name: string; beganAt: number },
): Promise<void> {
  const { meaning, next } = explainConnack(code, broker);
  report.connack = { code, name, meaning };
  tell("CONNACK", "failed", `${code} (${name}). ${meaning}`);
  const { connack, credential } = trial;
  const id = credential.deviceId ?? credential.clientId;
  const recorded = await whatWasRecorded(connack, [id, credential.clientId], beganAt, (problem) =>
    tell("CONNACK", "warning", problem),
  );
  const sentence = `The broker refuses the connection: CONNACK ${code} (${name}).`;
  if (connack === undefined || (recorded === undefined && broker !== "embedded")) {
    fail({ sentence, next: next.replace("<id>", () => id) });
    return;
  }
  const command = connack.timelineCommand(id);
  if (recorded === undefined) {
    fail({ sentence, next: command });
    return;
  }
  report.recorded = recorded;
  tell("CONNACK", "failed", `Connack's reason: ${recorded.reason}. ${recorded.sentence}`);
  fail({
    sentence: `Connack refuses the connection (CONNACK ${code}): ${recorded.reason}. ${recorded.sentence}`,
    ...(recorded.fix !== undefined && { fix: recorded.fix }),
    next: command,
  });
}

/** A record that cannot be read is told, and is no reason to stop. */
async function whatWasRecorded(
  connack: ConnackHere | undefined,
  ids: string[],
  sinceMs: number,
  problem: (text: string) => void,
): Promise<Recorded | undefined> {
  try {
    return await connack?.refusalSince([...new Set(ids)], sinceMs);
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    problem(`what Connack recorded cannot be read: ${error.message}`);
    return undefined;
  }
}

function worksSentence({ deviceId, clientId, roundTripMs, topics }: TrialReport): string {
  const who = deviceId ?? clientId;
  if (roundTripMs !== undefined)
    return `Works: ${who} is let in, may subscribe and publish, and had its message back after ${roundTripMs} ms.`;
  if (topics.publish === undefined) return `Works: ${who} is let in and may subscribe; nothing was published.`;
  return `Works: ${who} is let in, may subscribe, and its message was acknowledged.`;
}
