export interface OutgoingMessage {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1;
  retain: boolean;
}

/** A message that waits to be sent, or to be acknowledged. */
export interface QueuedMessage extends OutgoingMessage {
  state: "waiting" | "under way";
  resolve(): void;
  reject(error: Error): void;
}

/** The message made room for newer ones, or the device was stopped, before it was acknowledged. */
export class MessageDropped extends Error {
  override readonly name = "MessageDropped";
}

export interface QueueLimits {
  /** Default 1000. */
  messages: number;
  /** Of payloads and topics; default 1 MiB. */
  bytes: number;
}

/**
 * Messages until they are acknowledged, in the order they were given. Bounded: the oldest that waits makes room, and is
 * counted. What was under way when a connection ended is sent again on the next one: at least once, as QoS 1 says.
 */
export class PublishQueue {
  readonly #limits: QueueLimits;
  readonly #messages: QueuedMessage[] = [];
  #bytes = 0;
  #underWay = 0;
  #dropped = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#messages.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** How many made room for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves when it is acknowledged (QoS 0: written); rejects with `MessageDropped` or what `refused` is given. */
  add(message: OutgoingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#messages.push({ ...message, state: "waiting", resolve, reject });
      this.#bytes += sizeOf(message);
      while (this.#messages.length > this.#limits.messages || this.#bytes > this.#limits.bytes) {
        if (!this.#dropOldest()) break;
      }
    });
  }

  /** The next one to send, which is under way from now on. */
  take(): QueuedMessage | undefined {
    const next = this.#messages.find(({ state }) => state === "waiting");
    if (next === undefined) return undefined;
    next.state = "under way";
    this.#underWay++;
    return next;
  }

  acknowledged(message: QueuedMessage): void {
    if (this.#remove(message)) message.resolve();
  }

  /** The broker does not take it, ever. */
  refused(message: QueuedMessage, error: Error): void {
    if (this.#remove(message)) message.reject(error);
  }

  /** The connection is gone: what was under way waits again, before what came later. */
  connectionEnded(): void {
    for (const message of this.#messages) message.state = "waiting";
    this.#underWay = 0;
  }

  /** Rejects all that is left. */
  clear(reason: string): void {
    for (const message of this.#messages.splice(0)) message.reject(new MessageDropped(reason));
    this.#bytes = 0;
    this.#underWay = 0;
  }

  #dropOldest(): boolean {
    const oldest = this.#messages.find(({ state }) => state === "waiting");
    if (oldest === undefined) return false;
    this.#remove(oldest);
    this.#dropped++;
    oldest.reject(new MessageDropped("the queue is full: it made room for newer messages"));
    return true;
  }

  #remove(message: QueuedMessage): boolean {
    const at = this.#messages.indexOf(message);
    if (at < 0) return false;
    this.#messages.splice(at, 1);
    this.#bytes -= sizeOf(message);
    if (message.state === "under way") this.#underWay--;
    return true;
  }
}

function sizeOf({ topic, payload }: OutgoingMessage): number {
  return topic.length + payload.length;
}
