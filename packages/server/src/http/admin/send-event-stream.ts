import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

export interface EventStreamOptions<Item> {
  items: AsyncIterable<Item>;
  /** One item as server-sent event. */
  format(item: Item): string;
  /** Time between two signs of life, in milliseconds. */
  heartbeatMs: number;
  /** Called with each of them: what is to end may end. */
  onHeartbeat(): void;
  /** `items` end with it; its reason is told to the reader. */
  signal: AbortSignal;
}

/** A reader that lost the stream asks again after so many milliseconds. */
const retryMs = 3000;

/** Others are served after so many items. */
const itemsPerTurn = 32;

/**
 * Sends items as they come, until they end (WHATWG HTML, 9.2 server-sent events). A reader that is slow is waited for,
 * and nothing more is read for it: what gathers meanwhile is bounded where the items come from. Rejects with what `items`
 * throw; the reader then sees the connection break.
 */
export async function sendEventStream<Item>(
  response: ServerResponse,
  options: EventStreamOptions<Item>,
): Promise<void> {
  const { items, format, heartbeatMs, onHeartbeat, signal } = options;
  response.writeHead(200, { "content-type": "text/event-stream" });
  // The reader gets the head at once, and proxies see that the connection lives when nothing happens.
  response.write(`retry: ${retryMs}\n\n`);
  const heartbeat = setInterval(() => {
    onHeartbeat();
    if (!response.writableNeedDrain && !signal.aborted) response.write(":\n\n");
  }, heartbeatMs);
  try {
    let sent = 0;
    for await (const item of items) {
      if (signal.aborted) break;
      if (!response.write(format(item))) await drained(response, signal);
      else if (++sent % itemsPerTurn === 0) await nextTurn();
    }
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
  // Who does not read what waits already has nothing more to get.
  if (response.writableNeedDrain) response.destroy();
  else response.end(serverSentEvent({ event: "end", data: { why: String(signal.reason ?? "there is no more") } }));
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(response, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** One event as it goes over the line: JSON has no line breaks. */
export function serverSentEvent({ id, event, data }: { id?: string; event?: string; data: unknown }): string {
  const head = [...(id === undefined ? [] : [`id: ${id}`]), ...(event === undefined ? [] : [`event: ${event}`])];
  return `${[...head, `data: ${JSON.stringify(data)}`].join("\n")}\n\n`;
}
