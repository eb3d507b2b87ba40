import type { Socket } from "node:net";
import type { PlainHead } from "./plain-head.ts";

/** An answer as it goes on the wire; its text may be sent as Latin-1 where it `isAscii`. */
export interface DirectAnswer {
  text: string;
  isAscii: boolean;
}

export interface DirectOptions {
  readHead(text: string): PlainHead | undefined;
  /** Never throws or rejects. */
  answer(head: PlainHead, body: Buffer, socket: Socket): DirectAnswer | Promise<DirectAnswer>;
  /** Takes the connection over, from the bytes that were put back into the socket on. */
  handOver(socket: Socket): void;
  /** The peer has sent half a request and no more will come: answers it, or not, and closes the connection. */
  cutShort(socket: Socket): void;
}

/** Requests that are answered in one turn of the event loop: they take a millisecond together. */
const perTurn = 16;
/** Answers under way on one connection; EMQX asks for a hundred at once. */
const mostUnderWay = 256;
/** Characters that wait to be taken by the peer. */
const mostUnsent = 256 * 1024;
const longestHead = 2048;

/**
 * One connection on which a broker asks for logins: reads complete, plain requests from it, answers them in their order,
 * and as many as there are with one write. At the first other request, or one that does not go on, Node's HTTP server
 * gets the connection, and keeps it.
 */
export class DirectConnection {
  readonly #socket: Socket;
  readonly #options: DirectOptions;
  /** What came and was not answered yet. */
  #unread: Buffer = nothing;
  /** Answers in the order of their requests, from the first one that is not there yet. */
  #queue: (DirectAnswer | undefined)[] = [];
  /** How many answers left the queue so far: where in the order it begins. */
  #done = 0;
  #out = "";
  #isAscii = true;
  #turn: NodeJS.Immediate | undefined;
  /** Since when a request is incomplete, by `performance.now()`. */
  #incompleteSince: number | undefined;
  #state: "open" | "handing over" | "closing" | "over" = "open";

  constructor(socket: Socket, options: DirectOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("drain", this.#onDrain);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  /** Since when the peer owes the rest of a request, by `performance.now()`. */
  get incompleteSince(): number | undefined {
    return this.#incompleteSince;
  }

  /** Whether Node's HTTP server has the connection, or it is closed. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Gives the connection to Node's HTTP server, after the answers under way. */
  handOver(): void {
    if (this.#state !== "open") return;
    this.#state = "handing over";
    this.#socket.pause();
    this.#settle();
  }

  /** Closes the connection after the answers under way. */
  close(): void {
    if (this.#state === "over") return;
    this.#state = "closing";
    this.#unread = nothing;
    this.#socket.resume(); // what is not read when a connection is closed resets it, and answers are lost with it
    this.#settle();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#state === "closing") return;
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    if (this.#turn === undefined) this.#answerSome();
  };
  readonly #onEnd = (): void => {
    const isCutShort = this.#unread.length > 0 && this.#queue.length === 0;
    if (isCutShort) this.#options.cutShort(this.#socket);
    this.close();
  };
  readonly #onDrain = (): void => this.#goOn();
  readonly #onError = (): void => {}; // "close" follows
  readonly #onClose = (): void => this.#leave();

  #answerSome(): void {
    this.#turn = undefined;
    if (this.#state !== "open") return;
    for (let count = 0; ; count++) {
      if (count === perTurn || this.#isBusy()) break;
      const step = this.#answerNext();
      if (step === "answered") continue;
      this.#write();
      if (step === "other") this.handOver();
      else this.#socket.resume();
      return;
    }
    this.#write();
    this.#socket.pause();
    if (!this.#isBusy()) this.#turn = setImmediate(() => this.#answerSome());
  }

  #answerNext(): "answered" | "incomplete" | "other" {
    const bytes = this.#unread;
    const end = bytes.indexOf(emptyLine);
    if (end < 0 || end > longestHead) {
      this.#incompleteSince = bytes.length === 0 ? undefined : (this.#incompleteSince ?? performance.now());
      return end < 0 && bytes.length <= longestHead ? "incomplete" : "other";
    }
    const head = this.#options.readHead(bytes.toString("latin1", 0, end));
    if (head === undefined) return "other";
    const start = end + emptyLine.length;
    const next = start + head.length;
    if (bytes.length < next) {
      this.#incompleteSince ??= performance.now();
      return "incomplete";
    }
    this.#incompleteSince = undefined;
    this.#unread = bytes.subarray(next);
    this.#add(this.#options.answer(head, bytes.subarray(start, next), this.#socket));
    return "answered";
  }

  #add(answer: DirectAnswer | Promise<DirectAnswer>): void {
    if (!(answer instanceof Promise)) {
      if (this.#queue.length === 0) this.#put(answer);
      else this.#queue.push(answer);
      return;
    }
    const place = this.#done + this.#queue.push(undefined) - 1;
    void answer.then((text) => {
      this.#queue[place - this.#done] = text;
      if (place > this.#done) return;
      this.#putWhatIsThere();
      this.#write();
      this.#goOn();
    });
  }

  #putWhatIsThere(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      this.#put(first);
      this.#queue.shift();
      this.#done++;
    }
  }

  #put({ text, isAscii }: DirectAnswer): void {
    this.#out += text;
    this.#isAscii &&= isAscii;
  }

  #write(): void {
    if (this.#out === "") return;
    if (this.#socket.writable) this.#socket.write(this.#out, this.#isAscii ? "latin1" : "utf8");
    this.#out = "";
    this.#isAscii = true;
  }

  #isBusy(): boolean {
    return this.#queue.length >= mostUnderWay || this.#socket.writableLength > mostUnsent;
  }

  /** An answer went out, or room came. */
  #goOn(): void {
    if (this.#state !== "open") this.#settle();
    else if (this.#turn === undefined && this.#socket.isPaused() && !this.#isBusy()) this.#answerSome();
  }

  #settle(): void {
    if (this.#queue.length > 0 || this.#state === "over") return;
    this.#write();
    if (this.#state === "closing") {
      this.#leave();
      this.#socket.on("error", this.#onError);
      this.#socket.destroySoon();
    } else if (this.#state === "handing over") {
      this.#leave();
      if (this.#unread.length > 0) this.#socket.unshift(this.#unread);
      this.#unread = nothing;
      this.#options.handOver(this.#socket);
      this.#socket.resume();
    }
  }

  #leave(): void {
    this.#state = "over";
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    this.#incompleteSince = undefined;
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("drain", this.#onDrain);
    this.#socket.off("error", this.#onError);
    this.#socket.off("close", this.#onClose);
  }
}

const nothing = Buffer.alloc(0);
const emptyLine = Buffer.from("\r\n\r\n");
