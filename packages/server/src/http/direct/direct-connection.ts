import type { Socket } from "node:net";
import type { AnswerTurn, TurnTaker } from "./answer-turn.ts";
import { OrderedAnswers } from "./ordered-answers.ts";
import type { PlainHead } from "./plain-head.ts";

/** An answer as it goes on the wire; its text may be sent as Latin-1 where it `isAscii`. */
export interface DirectAnswer {
  text: string;
  isAscii: boolean;
}

export interface DirectOptions {
  turn: AnswerTurn;
  readHead(text: string): PlainHead | undefined;
  /** Never throws or rejects. */
  answer(head: PlainHead, body: Buffer, socket: Socket): DirectAnswer | Promise<DirectAnswer>;
  /** Takes the connection over, from the bytes that were put back into the socket on. */
  handOver(socket: Socket): void;
  /** The peer has sent half a request and no more will come: answers it, or not, and closes the connection. */
  cutShort(socket: Socket): void;
}

/** Requests of one connection that are answered in one turn of the event loop: they take a millisecond together. */
const perTurn = 16;
/** Answers under way on one connection; EMQX asks for a hundred at once. */
const mostUnderWay = 256;
/** Bytes that wait to be taken by the peer. */
const mostUnsent = 256 * 1024;
const longestHead = 2048;

/**
 * One connection on which a broker asks for logins: reads complete, plain requests from it, answers them in their order,
 * and as many as there are with one write. At the first other request, or one that does not go on, Node's HTTP server
 * gets the connection, and keeps it.
 */
export class DirectConnection implements TurnTaker {
  readonly #socket: Socket;
  readonly #options: DirectOptions;
  readonly #answers = new OrderedAnswers<DirectAnswer>(
    (answer) => this.#put(answer),
    () => this.#goOn(),
  );
  /**
   * What came and was not answered yet. While the socket is paused it is back in there: so the end of the stream, which a
   * paused socket with nothing in it tells too, is told when all before it was read.
   */
  #unread: Buffer = nothing;
  #isCutShort = false;
  #out = "";
  #isAscii = true;
  #hasTurn = false;
  #isReading = false;
  /** The head of a request is there, and its body is not. */
  #owesBody = false;
  #isFinishing = false;
  #incompleteSince: number | undefined;
  #state: "open" | "handing over" | "closing" | "over" = "open";

  constructor(socket: Socket, options: DirectOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("drain", this.#goOn);
    socket.on("error", this.#onError);
    socket.on("close", this.#leave);
  }

  /** Since when the peer owes the rest of a request, by `performance.now()`. */
  get incompleteSince(): number | undefined {
    return this.#incompleteSince;
  }

  /** Whether Node's HTTP server has the connection, or nothing more is said on it. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Gives the connection to Node's HTTP server, after the answers under way. */
  handOver(): void {
    if (this.#state !== "open") return;
    this.#state = "handing over";
    this.#pause();
    this.#settle();
  }

  /** Closes the connection as `close` does; but a request whose head has come is awaited, and answered first. */
  finish(): void {
    if (this.#owesBody) this.#isFinishing = true;
    else this.close();
  }

  /** Closes the connection after the answers under way, and from our side only until the peer does it too. */
  close(): void {
    if (this.#state === "closing" || this.#state === "over") return;
    this.#state = "closing";
    this.#unread = nothing;
    this.#incompleteSince = undefined;
    this.#socket.resume(); // what is not read when a connection is closed resets it, and answers are lost with it
    this.#settle();
  }

  answerSome(): void {
    this.#hasTurn = false;
    if (this.#state !== "open" || !this.#takeUp()) return;
    for (let count = 0; count < perTurn && !this.#isBusy(); count++) {
      const step = this.#answerNext();
      if (step === "answered") {
        if (!this.#isFinishing) continue;
        this.close();
        return;
      }
      if (step === "other") this.handOver();
      else this.#socket.resume();
      return;
    }
    this.#pause();
    if (!this.#isBusy()) this.#wantTurn();
  }

  send(): void {
    if (this.#out === "") return;
    if (this.#socket.writable) this.#socket.write(this.#out, this.#isAscii ? "latin1" : "utf8");
    this.#out = "";
    this.#isAscii = true;
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#state !== "open") return;
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    if (this.#isReading) return;
    this.#pause();
    this.#wantTurn();
  };

  readonly #onEnd = (): void => {
    this.#isCutShort = this.#unread.length > 0;
    this.close();
  };

  readonly #onError = (): void => {}; // "close" follows

  /** An answer is there that was not at once, or the peer has taken what waited for it. */
  readonly #goOn = (): void => {
    this.send();
    if (this.#state !== "open") this.#settle();
    else if (this.#socket.isPaused() && !this.#isBusy()) this.#wantTurn();
  };

  readonly #leave = (): void => {
    this.#state = "over";
    this.#unread = nothing;
    this.#incompleteSince = undefined;
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("drain", this.#goOn);
    this.#socket.off("error", this.#onError);
    this.#socket.off("close", this.#leave);
  };

  #wantTurn(): void {
    if (this.#hasTurn) return;
    this.#hasTurn = true;
    this.#options.turn.add(this);
  }

  /** Takes what a paused socket holds. False: there is nothing, and it is not paused any more. */
  #takeUp(): boolean {
    if (!this.#socket.isPaused()) return true;
    this.#isReading = true;
    const isThere = this.#socket.read() !== null; // it comes as "data"
    this.#isReading = false;
    if (!isThere) this.#socket.resume();
    return isThere;
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
    this.#owesBody = bytes.length < next;
    if (this.#owesBody) {
      this.#incompleteSince ??= performance.now();
      return "incomplete";
    }
    this.#incompleteSince = undefined;
    this.#unread = bytes.subarray(next);
    this.#answers.add(this.#options.answer(head, bytes.subarray(start, next), this.#socket));
    return "answered";
  }

  #pause(): void {
    this.#socket.pause();
    if (this.#unread.length > 0) this.#socket.unshift(this.#unread);
    this.#unread = nothing;
  }

  #put({ text, isAscii }: DirectAnswer): void {
    this.#out += text;
    this.#isAscii &&= isAscii;
  }

  #isBusy(): boolean {
    return this.#answers.length >= mostUnderWay || this.#socket.writableLength > mostUnsent;
  }

  #settle(): void {
    if (this.#answers.length > 0) return;
    this.send();
    if (this.#state === "closing") {
      this.#state = "over"; // and goes on to read what nobody wants, until the peer closes too
      if (this.#isCutShort) this.#options.cutShort(this.#socket);
      else this.#socket.end();
    } else if (this.#state === "handing over") {
      this.#leave();
      if (this.#socket.destroyed) return;
      this.#options.handOver(this.#socket);
      this.#socket.resume();
    }
  }
}

const nothing = Buffer.alloc(0);
const emptyLine = Buffer.from("\r\n\r\n");
