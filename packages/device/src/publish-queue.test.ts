import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OutgoingMessage, PublishQueue, type QueuedMessage } from "./publish-queue.ts";

const message = (text: string, qos: 0 | 1 = 1): OutgoingMessage => {
  return { topic: "t", payload: new TextEncoder().encode(text), qos, retain: false };
};
const text = ({ payload }: OutgoingMessage) => new TextDecoder().decode(payload);

describe("PublishQueue", () => {
  it("does not drop what is under way; then it is the new one that finds no room", async () => {
    const queue = new PublishQueue({ messages: 2, bytes: 1000 });
    const [one, two] = [queue.add(message("one")), queue.add(message("two"))];
    const taken = [queue.take(), queue.take()] as QueuedMessage[];
    await expect(queue.add(message("three"))).rejects.toMatchObject({ name: "MessageDropped" });
    expect(queue).toMatchObject({ length: 2, underWay: 2, dropped: 1 });
    for (const each of taken) queue.acknowledged(each);
    await Promise.all([one, two]);
    expect(queue).toMatchObject({ length: 0, bytes: 0, underWay: 0 });
  });

  it("hears an acknowledgement twice, or of what waits again, as one or none", async () => {
    const queue = new PublishQueue({ messages: 10, bytes: 1000 });
    const sent = queue.add(message("one"));
    const first = queue.take() as QueuedMessage;
    queue.connectionEnded();
    queue.acknowledged(first);
    expect(queue).toMatchObject({ length: 1, underWay: 0 });
    const second = queue.take() as QueuedMessage;
    queue.acknowledged(second);
    queue.acknowledged(second);
    queue.refused(second, new Error("late"));
    await sent;
    expect(queue).toMatchObject({ length: 0, bytes: 0, dropped: 0 });
  });

  it("keeps its bounds and its word, whatever happens in which order", async () => {
    const happening = fc.oneof(
      fc.record({
        what: fc.constant("add" as const),
        size: fc.integer({ min: 0, max: 40 }),
        qos: fc.constantFrom(0, 1),
      }),
      fc.constantFrom({ what: "take" as const }, { what: "acknowledge" as const }, { what: "lose" as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (happenings) => {
        const queue = new PublishQueue({ messages: 5, bytes: 100 });
        const outcomes: string[] = [];
        const acknowledged: string[] = [];
        const sent: QueuedMessage[] = [];
        let underWay: QueuedMessage[] = [];
        let added = 0;
        for (const each of happenings) {
          if (each.what === "add") {
            const name = String(added++);
            queue.add(message(name.padEnd(each.size), each.qos as 0 | 1)).then(
              () => outcomes.push(name),
              () => outcomes.push(`dropped ${name}`),
            );
          } else if (each.what === "take") {
            const next = queue.take();
            if (next) {
              underWay.push(next);
              sent.push(next);
            }
          } else if (each.what === "acknowledge") {
            const next = underWay.shift();
            if (next) {
              queue.acknowledged(next);
              acknowledged.push(text(next).trim());
            }
          } else {
            queue.connectionEnded();
            underWay = [];
          }
          expect(queue.length).toBeLessThanOrEqual(5);
          expect(queue.bytes).toBeLessThanOrEqual(100);
          expect(queue.underWay).toBe(underWay.length);
        }
        queue.clear("over");
        await new Promise((resolve) => setImmediate(resolve));
        // Each promise is settled once, and resolved only for what was acknowledged, in order.
        expect(outcomes).toHaveLength(added);
        expect(outcomes.filter((name) => !name.startsWith("dropped"))).toEqual(acknowledged);
        expect(acknowledged).toEqual([...acknowledged].sort((a, b) => Number(a) - Number(b)));
        const ofZero = sent.filter(({ qos }) => qos === 0);
        expect(new Set(ofZero.map(text)).size).toBe(ofZero.length);
        expect(queue).toMatchObject({ length: 0, bytes: 0, underWay: 0 });
      }),
    );
  });
});
