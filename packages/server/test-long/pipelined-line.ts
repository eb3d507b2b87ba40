import { connect } from "node:net";
import type { Expected, PreparedRequests } from "../../../bench/prepared-requests.ts";
import { AnswerReader } from "../../../bench/read-answers.ts";

/** A request under way. */
export interface Asked {
  requests: PreparedRequests;
  index: number;
  measured: boolean;
  /** Milliseconds, as `performance.now()`. */
  due: number;
  written: number;
  window: number;
}

export interface PipelinedLine {
  ask(asked: Asked): void;
  /** Writes what was asked since the last time, in one piece. */
  flush(): void;
  close(): void;
}

interface Listener {
  onAnswer(asked: Asked, isRight: boolean, at: number): void;
  /** It closed by itself, or answered what nobody asked. */
  onBroken(): void;
}

/** One connection that never waits for an answer before it asks the next. */
export function openLine(port: number, { onAnswer, onBroken }: Listener): Promise<PipelinedLine> {
  const reader = new AnswerReader();
  const underWay: Asked[] = [];
  const unwritten: Buffer[] = [];
  let closing = false;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
      socket.off("error", reject);
      socket.on("error", () => {}); // "close" follows
      resolve({
        ask(asked) {
          underWay.push(asked);
          unwritten.push(asked.requests.bytes(asked.index));
        },
        flush() {
          if (unwritten.length > 0) socket.write(Buffer.concat(unwritten.splice(0)));
        },
        close() {
          closing = true;
          socket.destroy();
        },
      });
    });
    socket.once("error", reject);
    socket.on("close", () => {
      if (!closing) onBroken();
    });
    socket.on("data", (chunk) => {
      const at = performance.now();
      reader.read(chunk, ({ status, body }) => {
        const asked = underWay.shift();
        if (asked === undefined) onBroken();
        else onAnswer(asked, status === 200 && isRight(body, asked.requests.expected(asked.index)), at);
      });
    });
  });
}

const deny = Buffer.from('{"result":"deny"}');
const allow = Buffer.from('{"result":"allow"');

/** An answer to another question is wrong, too. */
function isRight(body: Buffer, expected: Expected): boolean {
  if (expected.result === "deny") return body.equals(deny);
  return body.indexOf(allow) === 0 && body.includes(`"device":"${expected.device}"`);
}
