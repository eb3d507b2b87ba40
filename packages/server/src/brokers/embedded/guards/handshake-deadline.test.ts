import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { closeUnlessAnswered } from "./handshake-deadline.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const openSocket = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }) as Socket;

it("destroys a socket whose CONNECT is not answered in time", () => {
  const socket = openSocket();
  const onLate = vi.fn();
  closeUnlessAnswered(socket, 100, onLate);
  vi.advanceTimersByTime(99);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.destroyed).toBe(true);
  expect(onLate).toHaveBeenCalledTimes(1);
});

it("leaves one that was answered, and no timer", () => {
  const socket = openSocket();
  closeUnlessAnswered(socket, 100, () => {})();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(socket.destroyed).toBe(false);
});

it("leaves no timer behind a socket that closed", () => {
  const socket = openSocket();
  const onLate = vi.fn();
  closeUnlessAnswered(socket, 100, onLate);
  socket.emit("close");
  expect(vi.getTimerCount()).toBe(0);
});
