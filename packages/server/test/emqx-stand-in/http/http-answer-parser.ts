/** An answer of an HTTP server; header names are lower case. */
export interface HttpAnswer {
  status: number;
  headers: Map<string, string>;
  body: Buffer;
  /** The server ends this connection after it. */
  closes: boolean;
}

type BodyMode = { kind: "length"; left: number } | { kind: "chunked" } | { kind: "until-close" };

/** Reads HTTP/1 answers from one connection, one after the other. Throws at what is no HTTP. */
export class HttpAnswerParser {
  #buffer: Buffer = Buffer.alloc(0);
  #answer: Omit<HttpAnswer, "body"> | undefined;
  #mode: BodyMode = { kind: "until-close" };
  #parts: Buffer[] = [];

  push(bytes: Buffer): HttpAnswer[] {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    const answers: HttpAnswer[] = [];
    for (;;) {
      if (!this.#answer && !this.#readHead()) return answers;
      const complete = this.#answer && this.#readBody();
      if (!complete) return answers;
      answers.push(this.#take());
    }
  }

  /** What a server that ends its body by closing has said. */
  end(): HttpAnswer | undefined {
    return this.#answer && this.#mode.kind === "until-close" ? this.#take() : undefined;
  }

  #take(): HttpAnswer {
    const answer = { ...(this.#answer as Omit<HttpAnswer, "body">), body: Buffer.concat(this.#parts) };
    this.#answer = undefined;
    this.#parts = [];
    return answer;
  }

  #readHead(): boolean {
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      const start = this.#buffer.subarray(0, 5).toString("latin1");
      if (!"HTTP/".startsWith(start) && !start.startsWith("HTTP/")) throw new Error("not HTTP");
      if (end < 0) return false;
      const lines = this.#buffer.subarray(0, end).toString("latin1").split("\r\n");
      const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(lines[0] ?? "") ?? [];
      if (!digits) throw new Error("not HTTP");
      this.#buffer = this.#buffer.subarray(end + 4);
      const status = Number(digits);
      if (status < 200) continue; // 100, 103: the real answer follows
      const headers = new Map<string, string>();
      for (const line of lines.slice(1)) {
        const colon = line.indexOf(":");
        if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
      }
      this.#begin(status, headers, minor === "0");
      return true;
    }
  }

  #begin(status: number, headers: Map<string, string>, old: boolean): void {
    const connection = headers.get("connection")?.toLowerCase();
    const length = headers.get("content-length");
    if (status === 204 || status === 304) this.#mode = { kind: "length", left: 0 };
    else if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") this.#mode = { kind: "chunked" };
    else if (length !== undefined) this.#mode = { kind: "length", left: Number(length) };
    else this.#mode = { kind: "until-close" };
    const closes = connection === "close" || (old && connection !== "keep-alive") || this.#mode.kind === "until-close";
    this.#answer = { status, headers, closes };
  }

  #readBody(): boolean {
    if (this.#mode.kind === "length") {
      const part = this.#buffer.subarray(0, this.#mode.left);
      this.#buffer = this.#buffer.subarray(part.length);
      this.#mode.left -= part.length;
      this.#parts.push(part);
      return this.#mode.left === 0;
    }
    if (this.#mode.kind === "until-close") {
      this.#parts.push(this.#buffer);
      this.#buffer = Buffer.alloc(0);
      return false;
    }
    for (;;) {
      const end = this.#buffer.indexOf("\r\n");
      if (end < 0) return false;
      const size = Number.parseInt(this.#buffer.subarray(0, end).toString("latin1"), 16);
      if (Number.isNaN(size)) throw new Error("not a chunk");
      if (this.#buffer.length < end + 2 + size + 2) return false;
      this.#parts.push(this.#buffer.subarray(end + 2, end + 2 + size));
      this.#buffer = this.#buffer.subarray(end + 4 + size);
      if (size === 0) return true;
    }
  }
}
