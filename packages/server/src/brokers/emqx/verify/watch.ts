import { setTimeout as sleep } from "node:timers/promises";
import { Unproven } from "./attack.ts";
import { nonce } from "./nonce.ts";
import type { ConnectAnswer } from "./open-peer.ts";
import type { Peer } from "./peer.ts";

/** How long a message from one client to another may take, in milliseconds. */
const deliveredWithinMs = 5000;
/** And how much longer one that must not come is waited for, once a later one has come. */
const afterwardsMs = 150;

/**
 * Somebody who may read and write the topics under attack, and whom every message there has to reach. That nothing came
 * counts only where a message that had to come did. All throw `Unproven` where it did not.
 */
export class Watch {
  readonly #observer: () => Promise<ConnectAnswer>;
  readonly #topics = new Map<string, Promise<void>>();

  constructor(observer: () => Promise<ConnectAnswer>) {
    this.#observer = observer;
  }

  /** The observer, once a message of its own to this topic has come to it. */
  async on(topic: string): Promise<Peer> {
    const answer = await this.#observer();
    if (!answer.isIn) throw new Unproven(`nobody can watch: the service that may is not let in (${answer.seen})`);
    const { peer } = answer;
    let watching = this.#topics.get(topic);
    if (watching === undefined) {
      watching = begin(peer, topic);
      this.#topics.set(topic, watching);
    }
    await watching;
    return peer;
  }

  /** Whether what somebody does with this payload reaches the topic. */
  async reaches(topic: string, act: (payload: string) => Promise<unknown>): Promise<boolean> {
    const observer = await this.on(topic);
    const payload = nonce();
    await act(payload);
    await this.write(topic);
    return observer.has(payload);
  }

  /** A message from somebody who may write it; resolves when it has come to the observer, and so to all who get it. */
  async write(topic: string): Promise<string> {
    const observer = await this.on(topic);
    const payload = nonce();
    await observer.publish(topic, payload);
    if (!(await observer.receives(payload, deliveredWithinMs))) throw new Unproven("the observer lost its connection");
    await sleep(afterwardsMs);
    return payload;
  }
}

async function begin(peer: Peer, topic: string): Promise<void> {
  const [code = 128] = (await peer.subscribe([topic])) ?? [];
  if (code >= 128) throw new Unproven("nobody can watch: the service that may read the topic is not allowed to");
  const payload = nonce();
  await peer.publish(topic, payload);
  if (await peer.receives(payload, deliveredWithinMs)) return;
  throw new Unproven("nobody can watch: what the service that may writes to the topic does not come to it");
}
