import type { CachedRegistry } from "./registry/cached-registry.ts";
import type { Device } from "./registry/device.ts";
import { StoreUnavailable } from "./registry/device-registry.ts";

export interface FormerPasswords {
  /** Somebody was let in with a password: from now on it is known when a former one of this device or service ends. */
  letIn(id: string): void;
  stop(): void;
}

export interface FormerPasswordsParts {
  registry: Pick<CachedRegistry, "peek" | "find" | "onChange">;
  /** Ends all its connections. */
  kick(id: string): void;
  nowMs(): number;
  onError(error: unknown): void;
}

/** A timer cannot wait longer than 2^31 - 1 milliseconds; a day is short enough to notice a clock that was set. */
const longestWaitMs = 86_400_000;

/**
 * When the time of a former password is over, its connections end too. Nobody can tell any more which of the
 * connections those are: all end, and whoever has the new password comes back. A password that another rotation puts
 * out of its time ends its connections at once. As many timers as there are rotations under way.
 */
export function endFormerPasswords({ registry, kick, nowMs, onError }: FormerPasswordsParts): FormerPasswords {
  const waiting = new Map<string, { hash: string; until: number; timer: NodeJS.Timeout }>();

  function forget(id: string): void {
    clearTimeout(waiting.get(id)?.timer);
    waiting.delete(id);
  }

  function note(id: string, former: Device["previousPassword"]): void {
    const known = waiting.get(id);
    const previous = former && former.until > nowMs() ? former : undefined;
    if (known?.hash === previous?.hash && known?.until === previous?.until) return;
    forget(id);
    if (known && known.hash !== previous?.hash) kick(id);
    if (previous) wait(id, previous);
  }

  function wait(id: string, { hash, until }: NonNullable<Device["previousPassword"]>): void {
    const rest = until - nowMs();
    const timer = setTimeout(
      () => {
        if (nowMs() < until) return wait(id, { hash, until });
        waiting.delete(id);
        kick(id);
      },
      Math.min(Math.max(rest, 0), longestWaitMs),
    );
    timer.unref();
    waiting.set(id, { hash, until, timer });
  }

  async function look(id: string): Promise<void> {
    try {
      note(id, (await registry.find(id))?.previousPassword);
    } catch (error) {
      // What is known goes on to be waited for.
      if (!(error instanceof StoreUnavailable)) onError(error);
    }
  }

  const stopListening = registry.onChange(({ id, kind }) => {
    if (kind === "at next connect") void look(id);
    // Its connections are cut already.
    else if (kind === "rights" || kind === "removed") forget(id);
  });

  return {
    letIn(id) {
      const known = registry.peek(id);
      if (known) note(id, known.device?.previousPassword);
    },
    stop() {
      stopListening();
      for (const id of [...waiting.keys()]) forget(id);
    },
  };
}
