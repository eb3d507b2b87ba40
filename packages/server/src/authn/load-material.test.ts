import type { Claim } from "@connack/credentials";
import { expect, it } from "vitest";
import { deviceCalled } from "../authz/testing/device-called.ts";
import type { Device } from "../registry/device.ts";
import { createLoadMaterial } from "./load-material.ts";

const now = 1_760_775_881_000;
const claim = (needs: Claim["needs"]): Claim => ({ scheme: "password", identity: "alice", needs });

function materialOf(device: Device | undefined, needs: Claim["needs"] = "password hash") {
  const asked: string[] = [];
  const keyRing = { keys: () => [] };
  const find = async (id: string) => {
    asked.push(id);
    return device;
  };
  return { material: createLoadMaterial(keyRing, find, () => now)(claim(needs)), asked };
}

const rotated = (until: number) =>
  deviceCalled("alice", { passwordHash: "new", previousPassword: { hash: "old", until } });

it("a password hash is that of the claimed name, and only where one is needed", async () => {
  const known = materialOf(deviceCalled("alice", { passwordHash: "hash" }));
  expect(await known.material).toEqual({ kind: "password hash", hash: "hash" });
  expect(known.asked).toEqual(["alice"]);
  expect(await materialOf(undefined).material).toEqual({ kind: "password hash", hash: undefined });
  for (const needs of ["key ring", "nothing"] as const) {
    const { material, asked } = materialOf(deviceCalled("alice"), needs);
    expect([material, asked]).toEqual([needs === "nothing" ? { kind: needs } : { kind: needs, keys: [] }, []]);
  }
});

it("the hash before the last rotation comes with it until its time is over", async () => {
  expect(await materialOf(rotated(now + 1)).material).toEqual({ kind: "password hash", hash: "new", previous: "old" });
  expect(await materialOf(rotated(now)).material).toEqual({ kind: "password hash", hash: "new" });
  expect(await materialOf(rotated(now - 1)).material).toEqual({ kind: "password hash", hash: "new" });
});

it("the hash before the last rotation never stands alone", async () => {
  const device = rotated(now + 1);
  delete device.passwordHash;
  expect(await materialOf(device).material).toEqual({ kind: "password hash", hash: undefined });
});
