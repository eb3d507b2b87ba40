import { emqxRequest, type Login } from "./fleet.ts";

/** What an answer has to hold. */
export type Expected = { result: "allow"; device: string } | { result: "deny" };

export interface PreparedRequest {
  login: Login;
  expected: Expected;
}

/** Requests made before the load begins, one after the other in large buffers: an object each would be garbage to trace. */
export class PreparedRequests {
  readonly #blocks: Buffer[] = [];
  readonly #devices: (string | undefined)[] = [];
  readonly #starts: Float64Array;
  readonly #lengths: Uint16Array;
  readonly size: number;

  /** The port stands in the Host header, where only its length matters: one that has five digits. */
  constructor(size: number, brokerToken: string, make: (index: number) => PreparedRequest) {
    this.size = size;
    this.#starts = new Float64Array(size);
    this.#lengths = new Uint16Array(size);
    let block = Buffer.alloc(0);
    let used = 0;
    for (let index = 0; index < size; index++) {
      const { login, expected } = make(index);
      const text = emqxRequest(login, 19101, brokerToken);
      const length = Buffer.byteLength(text);
      if (used + length > block.length) {
        block = Buffer.allocUnsafe(blockSize);
        this.#blocks.push(block);
        used = 0;
      }
      block.write(text, used);
      this.#starts[index] = (this.#blocks.length - 1) * blockSize + used;
      this.#lengths[index] = length;
      this.#devices.push(expected.result === "allow" ? expected.device : undefined);
      used += length;
    }
  }

  bytes(index: number): Buffer {
    const start = this.#starts[index] as number;
    const at = start % blockSize;
    return (this.#blocks[Math.floor(start / blockSize)] as Buffer).subarray(at, at + (this.#lengths[index] as number));
  }

  expected(index: number): Expected {
    const device = this.#devices[index];
    return device === undefined ? { result: "deny" } : { result: "allow", device };
  }
}

const blockSize = 64 * 1024 * 1024;
