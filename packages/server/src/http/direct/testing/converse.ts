import { once } from "node:events";
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

export interface ReadAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface Conversation {
  socket: Socket;
  /** Sends each piece in a segment of its own, as far as the network has it so. */
  send(...pieces: (string | Buffer)[]): Promise<void>;
  /** The answers, when there are `count` of them or the connection is over. */
  answers(count: number): Promise<ReadAnswer[]>;
  /** All answers, when the connection is over. */
  all(): Promise<ReadAnswer[]>;
}

/** Talks on a connection that is open, and takes apart what comes. */
export function converse(socket: Socket): Conversation {
  const read: ReadAnswer[] = [];
  let rest = "";
  let isOver = false;
  socket.setNoDelay(true);
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    isOver = true;
    socket.emit("looked");
  });
  socket.on("data", (chunk: Buffer) => {
    rest += chunk.toString("latin1");
    for (let answer = next(); answer !== undefined; answer = next()) read.push(answer);
    socket.emit("looked");
  });

  function next(): ReadAnswer | undefined {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...lines] = rest.slice(0, end).split("\r\n");
    const headers = Object.fromEntries(
      lines.map((line) => {
        const [, name = "", value = ""] = /^([^:]+): (.*)$/.exec(line) ?? [];
        return [name.toLowerCase(), value];
      }),
    );
    const start = end + 4;
    const stop = start + Number(headers["content-length"]);
    if (rest.length < stop) return undefined;
    const body = rest.slice(start, stop);
    rest = rest.slice(stop);
    return { status: Number(/^HTTP\/1\.1 (\d+) /.exec(first)?.[1]), headers, body };
  }

  async function answers(count: number): Promise<ReadAnswer[]> {
    while (read.length < count && !isOver) await once(socket, "looked");
    if (isOver && rest !== "") throw new Error(`an answer was cut: ${rest.slice(0, 100)}`);
    return read;
  }
  return {
    socket,
    async send(...pieces) {
      for (const piece of pieces) {
        socket.write(piece);
        for (let count = 0; count < 3; count++) await turn();
      }
    },
    answers,
    all: () => answers(Number.POSITIVE_INFINITY),
  };
}
