/** One answer: where its body is in the chunk, and the status. */
export interface Answer {
  status: number;
  body: Buffer;
}

const end = Buffer.from("\r\n\r\n");

/** Takes responses with content-length out of the bytes of one connection. */
export class AnswerReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Throws Error for what is no such response. */
  read(chunk: Buffer, onAnswer: (answer: Answer) => void): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const headEnd = bytes.indexOf(end);
      if (headEnd < 0) break;
      const head = bytes.toString("latin1", 0, headEnd);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
      if (!head.startsWith("HTTP/1.1 ") || Number.isNaN(length)) throw new Error("not a response with content-length");
      const bodyEnd = headEnd + end.length + length;
      if (bytes.length < bodyEnd) break;
      onAnswer({ status: Number(head.slice(9, 12)), body: bytes.subarray(headEnd + end.length, bodyEnd) });
      bytes = bytes.subarray(bodyEnd);
    }
    this.#rest = bytes;
  }
}
