import { afterEach, expect, it, vi } from "vitest";
import { Emitter } from "./emitter.ts";

afterEach(() => void vi.unstubAllGlobals());

it("tells each listener until it is ended, and those of other names nothing", () => {
  const events = new Emitter<{ state: string; problem: number }>();
  const heard: unknown[] = [];
  const off = events.on("state", (state) => heard.push(state));
  events.on("problem", (problem) => heard.push(problem));
  events.emit("state", "a");
  off();
  events.emit("state", "b");
  events.emit("problem", 1);
  expect(heard).toEqual(["a", 1]);
});

it("throws the error of a listener where the program sees it, and goes on", () => {
  const later: (() => void)[] = [];
  vi.stubGlobal("queueMicrotask", (task: () => void) => later.push(task));
  const events = new Emitter<{ state: string }>();
  const heard: string[] = [];
  events.on("state", () => {
    throw new Error("of the program");
  });
  events.on("state", (state) => heard.push(state));
  events.emit("state", "a");
  expect(heard).toEqual(["a"]);
  expect(later).toHaveLength(1);
  expect(later[0]).toThrow("of the program");
});
