export interface OutgoingMessage {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1;
  retain: boolean;
}

/** A message that waits to be sent, or to be acknowledged. */
export interface QueuedMessage extends OutgoingMessage {
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
  readonly #waiting: QueuedMessage[] = [];
  /** All of them older than those that wait. */
  readonly #underWay = new Set<QueuedMessage>();
  #bytes = 0;
  #dropped = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length + this.#underWay.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** How many made room for newer ones, or had QoS 0 and a connection that ended while they were written. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Resolves when it is acknowledged (QoS 0: written); rejects with `MessageDropped` or what `refused` is given, or with
   * RangeError where the queue could never hold it.
   */
  async add(message: OutgoingMessage): Promise<void> {
    const size = sizeOf(message);
    if (size > this.#limits.bytes) {
      throw new RangeError(`the message has ${size} bytes with its topic, and the queue takes ${this.#limits.bytes}`);
    }
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ ...message, resolve, reject });
      this.#bytes += size;
      while (this.length > this.#limits.messages || this.#bytes > this.#limits.bytes) {
        if (!this.#dropOldest()) break;
      }
    });
  }

  /** The next one to send, which is under way from now on. */
  take(): QueuedMessage | undefined {
    const next = this.#waiting.shift();
    if (next) this.#underWay.add(next);
    return next;
  }

  acknowledged(message: QueuedMessage): void {
    if (this.#ended(message)) message.resolve();
  }

  /** The broker does not take it, ever. */
  refused(message: QueuedMessage, error: Error): void {
    if (this.#ended(message)) message.reject(error);
  }

  /** The connection is gone: what was under way waits again, before what came later; but QoS 0 is sent at most once. */
  connectionEnded(): void {
    const again: QueuedMessage[] = [];
    for (const message of this.#underWay) {
      if (message.qos === 1) again.push(message);
      else this.#drop(message, "the connection ended while it was written, and QoS 0 is not sent again");
    }
    this.#underWay.clear();
    this.#waiting.unshift(...again);
  }

  /** Rejects all that is left. */
  clear(reason: string): void {
    const left = [...this.#underWay, ...this.#waiting.splice(0)];
    this.#underWay.clear();
    this.#bytes = 0;
    for (const message of left) message.reject(new MessageDropped(reason));
  }

  #dropOldest(): boolean {
    const oldest = this.#waiting.shift();
    if (oldest) this.#drop(oldest, "the queue is full: it made room for newer messages");
    return oldest !== undefined;
  }

  #drop(message: QueuedMessage, reason: string): void {
    this.#bytes -= sizeOf(message);
    this.#dropped++;
    message.reject(new MessageDropped(reason));
  }

  #ended(message: QueuedMessage): boolean {
    const isKnown = this.#underWay.delete(message);
    if (isKnown) this.#bytes -= sizeOf(message);
    return isKnown;
  }
}

function sizeOf({ topic, payload }: OutgoingMessage): number {
  return topic.length + payload.length;
}
