import { afterEach, beforeEach, expect, it } from "vitest";
import { listenForSignals } from "./service-signals.ts";

const names = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
let before: Map<string, NodeJS.SignalsListener[]>;
let codes: number[];

beforeEach(() => {
  codes = [];
  before = new Map(names.map((name) => [name, process.listeners(name) as NodeJS.SignalsListener[]]));
  for (const name of names) process.removeAllListeners(name);
});
afterEach(() => {
  for (const name of names) {
    process.removeAllListeners(name);
    for (const listener of before.get(name) ?? []) process.on(name, listener);
  }
});

const listen = () => listenForSignals((code) => codes.push(code));

it.each(["SIGINT", "SIGTERM"] as const)("the first %s asks to stop", async (name) => {
  const { stop } = listen();
  process.emit(name);
  expect(await stop).toBe(name);
  expect(codes).toEqual([]);
});

it.each([
  ["SIGTERM", "SIGINT", 130],
  ["SIGINT", "SIGTERM", 143],
  ["SIGTERM", "SIGTERM", 143],
] as const)("after %s another one, %s, ends at once", (first, second, code) => {
  listen();
  process.emit(first);
  process.emit(second);
  expect(codes).toEqual([code]);
});

it("SIGHUP during the start is not lost, and each one after it counts", () => {
  const { onHangUp } = listen();
  let reloads = 0;
  process.emit("SIGHUP");
  process.emit("SIGHUP");
  onHangUp(() => reloads++);
  expect(reloads).toBe(1);
  process.emit("SIGHUP");
  expect(reloads).toBe(2);
  expect(codes).toEqual([]);
});

it("without SIGHUP nothing is read again", () => {
  let reloads = 0;
  listen().onHangUp(() => reloads++);
  expect(reloads).toBe(0);
});
