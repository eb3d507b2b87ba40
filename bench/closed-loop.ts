import { connect, type Socket } from "node:net";
import type { Expected, PreparedRequests } from "./prepared-requests.ts";
import { AnswerReader } from "./read-answers.ts";

export interface ClosedLoopOptions {
  port: number;
  connections: number;
  /** Requests under way on each connection. */
  depth: number;
  requests: PreparedRequests;
  /** Index of the next request; `undefined`: no more. */
  next(): number | undefined;
  constant: boolean;
}

export interface ClosedLoopResult {
  answers: number;
  wrong: number;
  lost: number;
  /** Milliseconds from the write to the answer, in no order. */
  latencies: number[];
}

/** On each connection so many requests are under way, one more for each answer, until there are no more. */
export async function closedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  const result: ClosedLoopResult = { answers: 0, wrong: 0, lost: 0, latencies: [] };
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => open(options.port)));
  await Promise.all(sockets.map((socket) => drive(socket, options, result)));
  return result;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

function drive(socket: Socket, options: ClosedLoopOptions, result: ClosedLoopResult): Promise<void> {
  const { requests, depth, next, constant } = options;
  const reader = new AnswerReader();
  /** Requests under way in their order: index and time. */
  const underWay: { index: number; at: number }[] = [];
  let answered = 0;
  let closed = false;

  function send(count: number): void {
    const at = performance.now();
    const chunks: Buffer[] = [];
    for (let sent = 0; sent < count; sent++) {
      const index = next();
      if (index === undefined) break;
      underWay.push({ index, at });
      chunks.push(requests.bytes(index));
    }
    if (chunks.length > 0) socket.write(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  }

  return new Promise((resolve) => {
    const finish = () => {
      if (closed) return;
      closed = true;
      result.lost += underWay.length - answered;
      socket.destroy();
      resolve();
    };
    socket.on("error", finish);
    socket.on("close", finish);
    socket.on("data", (chunk) => {
      const now = performance.now();
      let came = 0;
      reader.read(chunk, ({ status, body }) => {
        const asked = underWay[answered++];
        came++;
        result.answers++;
        if (asked === undefined || status !== 200 || !isRight(body, requests.expected(asked.index), constant)) {
          result.wrong++;
        }
        result.latencies.push(now - (asked?.at ?? now));
      });
      if (answered > 1000) {
        underWay.splice(0, answered);
        answered = 0;
      }
      send(came);
      if (answered === underWay.length) finish();
    });
    send(depth);
    if (underWay.length === 0) finish();
  });
}

const deny = Buffer.from('{"result":"deny"}');
const allow = Buffer.from('{"result":"allow"');

/** An answer to another question is wrong, too. */
function isRight(body: Buffer, expected: Expected, constant: boolean): boolean {
  if (constant) return body.indexOf(allow) === 0;
  if (expected.result === "deny") return body.equals(deny);
  return body.indexOf(allow) === 0 && body.includes(`"device":"${expected.device}"`);
}
