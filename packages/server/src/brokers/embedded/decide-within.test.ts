import type { Decision } from "@connack/credentials";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { decideWithin } from "./decide-within.ts";
import { allow, deny } from "./testing/open-test-broker.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const request = { clientId: "c", username: "u", password: "" };

it("passes a decision on and leaves no timer", async () => {
  const onFailure = vi.fn();
  expect(await decideWithin(async () => allow("u"), request, 100, onFailure)).toEqual(allow("u"));
  expect(await decideWithin(async () => deny("bad_password"), request, 100, onFailure)).toEqual(deny("bad_password"));
  expect(vi.getTimerCount()).toBe(0);
  expect(onFailure).not.toHaveBeenCalled();
});

it("denies when there is no answer in time, whatever comes later", async () => {
  const onFailure = vi.fn();
  let answer = (_: Decision) => {};
  const decided = decideWithin(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    request,
    100,
    onFailure,
  );
  vi.advanceTimersByTime(100);
  answer(allow("u"));
  expect(await decided).toMatchObject({ result: "deny", reason: "internal_error" });
  expect(onFailure.mock.calls).toEqual([["decide_timeout", undefined]]);
});

it("says nothing of an error in the decision", async () => {
  const failing = () => Promise.reject(new Error("the secret is hunter2"));
  const decision = await decideWithin(failing, request, 100, () => {});
  expect(JSON.stringify(decision)).not.toContain("hunter2");
});
