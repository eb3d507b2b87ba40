import { describe, expect, it } from "vitest";
import type { CredentialSource, TrialCredential } from "../trial/credential-source.ts";
import { sensorProvider } from "./sensor-provider.ts";

const credential = (n: number): TrialCredential => ({
  clientId: "s",
  username: "s",
  password: `p${n}`,
  expiresAt: 1000 * n,
  notes: [],
});

function source(kind: CredentialSource["kind"]): CredentialSource {
  let n = 1;
  return { name: "test", kind, needsClock: false, get: async () => credential(++n) };
}

const ask = (nowSeconds: number) => ({
  nowSeconds,
  clientId: "s",
  signal: new AbortController().signal,
  heardTime: () => {},
});

describe("sensorProvider", () => {
  it("gives the first one, then a new one each time, with its end", async () => {
    const provider = sensorProvider(source("made by Connack"), credential(1), (text) => new Error(text));
    expect(await provider.get(ask(10))).toEqual({ clientId: "s", username: "s", password: "p1", expiresAt: 1000 });
    expect(await provider.get(ask(10))).toMatchObject({ password: "p2", expiresAt: 2000 });
    expect(await provider.get(ask(10))).toMatchObject({ password: "p3" });
    expect(provider.endsAt).toBe(3000);
  });

  it("a given one has no successor: no refresh is planned, and after its end it says so", async () => {
    const given: CredentialSource = { ...source("given"), get: async () => credential(1) };
    const provider = sensorProvider(given, credential(1), (text) => new RangeError(text));
    expect(await provider.get(ask(999))).toEqual({ clientId: "s", username: "s", password: "p1" });
    expect(provider.endsAt).toBe(1000);
    await expect(provider.get(ask(1000))).rejects.toThrow(RangeError);
    await expect(provider.get(ask(1000))).rejects.toThrow("it has expired at 1970-01-01T00:16:40.000Z");
  });
});
