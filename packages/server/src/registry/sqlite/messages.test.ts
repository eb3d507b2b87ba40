import { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { mostIn, turnCounter } from "../testing/turn-counter.ts";
import { deviceCalled, registryFiles, watchedRegistry } from "../testing/watched-registry.ts";
import type { ToWriter } from "./writer-messages.ts";

const { newFile } = registryFiles();

/** Every message to a writer thread from now on, with the turn of the event loop in which it was sent. */
function sentMessages(): { message: ToWriter; turn: number }[] {
  const turn = turnCounter();
  const sent: { message: ToWriter; turn: number }[] = [];
  const post = Worker.prototype.postMessage;
  vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, message: ToWriter) {
    sent.push({ message, turn: turn() });
    post.call(this, message);
  });
  onTestFinished(() => void vi.restoreAllMocks());
  return sent;
}

const many = (count: number) => Array.from({ length: count }, (_, index) => deviceCalled(`device-${index}`));

describe("between the threads", () => {
  it("an import travels in small pieces, one in a turn of the event loop, and is told of in small pieces", async () => {
    const { registry } = await watchedRegistry(newFile());
    const sent = sentMessages();
    const turn = turnCounter();
    const told: { id: string; turn: number }[] = [];
    registry.onChange(({ id }) => told.push({ id, turn: turn() }));
    const devices = many(3000);
    await registry.importMany(devices);
    const pieces = sent.flatMap(({ message, turn }) => (message.type === "stage" ? [{ message, turn }] : []));
    expect(Math.max(...pieces.map(({ message }) => message.devices.length))).toBeLessThanOrEqual(64);
    expect(mostIn(pieces.map(({ turn }) => turn))).toBe(1);
    expect(pieces.flatMap(({ message }) => message.devices.map(({ id }) => id))).toEqual(devices.map(({ id }) => id));
    expect(sent.filter(({ message }) => message.type === "write")).toHaveLength(1);
    expect(told.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
    expect(mostIn(told.map(({ turn }) => turn))).toBeLessThanOrEqual(64);
  });

  it("a list comes in small pieces", async () => {
    const { registry } = await watchedRegistry(newFile());
    await registry.importMany(many(1200));
    const sent = sentMessages();
    expect(await registry.list({ limit: 1000 })).toHaveLength(1000);
    const limits = sent.flatMap(({ message }) => (message.type === "list" ? [message.query.limit] : []));
    expect(Math.max(...limits)).toBeLessThanOrEqual(64);
    expect(limits.reduce((sum, limit) => sum + limit)).toBe(1000);
  });

  it.each(["given", "refused"])(
    "answers to many are %s over several turns, in the order of the questions",
    async (how) => {
      const { registry } = await watchedRegistry(newFile());
      const devices = many(500);
      if (how === "refused") await registry.importMany(devices);
      const turn = turnCounter();
      const answered: { id: string; turn: number }[] = [];
      const adding = devices.map(async (device) => {
        const result = await registry.add(device).then(
          () => "given",
          () => "refused",
        );
        answered.push({ id: device.id, turn: turn() });
        return result;
      });
      expect(new Set(await Promise.all(adding))).toEqual(new Set([how]));
      expect(answered.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
      expect(mostIn(answered.map(({ turn }) => turn))).toBeLessThanOrEqual(64);
    },
  );
});
