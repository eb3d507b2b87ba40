import { beforeEach, describe, expect, it } from "vitest";
import { CredentialsSource } from "./credentials-source.ts";
import { DeviceClock } from "./device-clock.ts";
import type { CredentialsProvider } from "./device-credentials.ts";

const start = Date.UTC(2026, 5, 1);
const now = start / 1000;
let wall: number;
let monotonic: number;
const stop = new AbortController().signal;

beforeEach(() => {
  wall = start;
  monotonic = 0;
});

function sourceOf(get: CredentialsProvider["get"], clientId?: string) {
  const clock = new DeviceClock({ nowMs: () => wall, monotonicMs: () => monotonic, notBeforeMs: 1 });
  const refresh = { everySeconds: 1800, marginSeconds: 60 };
  const provider = { name: "test", needsClock: false, get };
  return new CredentialsSource({ provider, clientId, timeoutSeconds: 1, refresh, clock, random: () => 0 });
}

const good = { clientId: "a", username: "u", password: "p" };

describe("CredentialsSource", () => {
  it("gives them with the times to renew them by both clocks", async () => {
    const source = sourceOf(() => ({ ...good, expiresAt: now + 3600 }));
    const held = await source.get(stop);
    expect(held).toEqual({
      ...good,
      expiresAt: now + 3600,
      gotAtMs: 0,
      refreshAtMs: 1_800_000,
      refreshBySeconds: now + 3540,
      isInDoubt: false,
    });
    expect([source.isDue(held), source.isExpired(held)]).toEqual([false, false]);
    wall += 3540_000;
    expect([source.isDue(held), source.isExpired(held), source.isExpired(held, 60)]).toEqual([true, false, true]);
    wall = start - 3600_000;
    expect(source.isDue(held)).toBe(false);
    monotonic = 1_800_000;
    expect(source.isDue(held)).toBe(true);
  });

  it("does not judge those that had no time left when they came", async () => {
    const source = sourceOf(() => ({ ...good, expiresAt: now - 10 }));
    const held = await source.get(stop);
    expect(held).toMatchObject({ isInDoubt: true, refreshAtMs: 60_000 });
    expect([source.isDue(held), source.isExpired(held)]).toEqual([false, false]);
  });

  it("corrects the clock by what the provider has heard, before it judges", async () => {
    const source = sourceOf((request) => {
      request.heardTime(start + 7200_000);
      return { ...good, expiresAt: request.nowSeconds + 3600 };
    });
    expect(await source.get(stop)).toMatchObject({ expiresAt: now + 7200 + 3600, refreshAtMs: 1_800_000 });
  });

  it.each<[string, unknown]>([
    ["the provider gave no clientId", undefined],
    ["the provider gave no clientId", { ...good, clientId: 7 }],
    ["the provider gave an empty clientId", { ...good, clientId: "" }],
    ["the provider gave no username", { clientId: "a", password: "p" }],
    ["the provider gave no password", { clientId: "a", username: "u" }],
    ["expiresAt has to be Unix seconds", { ...good, expiresAt: start }],
    ["expiresAt has to be Unix seconds", { ...good, expiresAt: "soon" }],
    ["expiresAt has to be Unix seconds", { ...good, expiresAt: Number.NaN }],
  ])("refuses with %s", async (message, given) => {
    await expect(sourceOf(() => given as never).get(stop)).rejects.toMatchObject({
      name: "CredentialsRefused",
      message,
    });
  });

  it("keeps to the client id it was told, or of the first ones; and to nothing a provider adds", async () => {
    await expect(sourceOf(() => good, "b").get(stop)).rejects.toThrow("another client id");
    const ids = ["a", "b"];
    const asked: unknown[] = [];
    const source = sourceOf(({ clientId }) => {
      asked.push(clientId);
      return { ...good, clientId: ids.shift() as string, more: "x" } as typeof good;
    });
    expect(await source.get(stop)).not.toHaveProperty("more");
    await expect(source.get(stop)).rejects.toThrow("another client id");
    expect(asked).toEqual([undefined, "a"]);
    expect(source.clientId).toBe("a");
  });
});
