import { splitShare, topicMatches } from "../authz/topic-match.ts";
import type { Message } from "./message.ts";
import { bareFilter, type Session, type Subscription } from "./session.ts";

const maxRetained = 10_000;

/** Brings messages to the sessions that subscribe to them, and keeps the retained ones. */
export class Router {
  readonly sessions = new Map<string, Session>();
  readonly #retained = new Map<string, Message>();
  #turn = 0;

  /** How many sessions got it. */
  route(message: Message, noLocal: string | undefined): number {
    if (message.retain) this.#retain(message);
    const groups = new Map<string, { session: Session; subscription: Subscription }[]>();
    let receivers = 0;
    for (const session of this.sessions.values()) {
      for (const subscription of session.subscriptions.values()) {
        const { group, filter } = splitShare(subscription.topic);
        if (!topicMatches(message.topic, filter)) continue;
        if (group !== undefined) {
          const name = `${group}/${filter}`;
          groups.set(name, [...(groups.get(name) ?? []), { session, subscription }]);
        } else if (subscription.nl !== 1 || session.clientId !== noLocal) {
          session.deliver(message, subscription);
          receivers += 1;
        }
      }
    }
    for (const members of groups.values()) {
      this.#turn += 1;
      const one = members[this.#turn % members.length];
      one?.session.deliver(message, one.subscription);
      receivers += 1;
    }
    return receivers;
  }

  /** Retained messages for a new subscription; shared ones get none. */
  sendRetained(session: Session, subscription: Subscription, isNew: boolean): void {
    if (subscription.topic.startsWith("$share/") || subscription.rh === 2 || (subscription.rh === 1 && !isNew)) return;
    for (const message of this.#retained.values())
      if (topicMatches(message.topic, bareFilter(subscription))) session.deliver(message, subscription, true);
  }

  clear(): void {
    this.sessions.clear();
    this.#retained.clear();
  }

  #retain(message: Message): void {
    if (message.payload.length === 0) this.#retained.delete(message.topic);
    else if (this.#retained.size < maxRetained || this.#retained.has(message.topic))
      this.#retained.set(message.topic, message);
  }
}
