import { expect, it } from "vitest";
import type { KeySummary } from "../../provisioning/key-record.ts";
import { readExposition } from "../testing/read-exposition.ts";
import { collectKeys } from "./collect-keys.ts";
import { Exposition } from "./exposition.ts";

const day = 86_400;
const key = (
  id: string,
  scheme: KeySummary["scheme"],
  generation: number,
  madeOnDay: number,
  more = {},
): KeySummary => ({
  id,
  scheme,
  algorithm: scheme === "jwt" ? "HS256" : "HMAC-SHA256",
  generation,
  createdAt: new Date(madeOnDay * day * 1000).toISOString(),
  origin: "generated",
  canIssue: true,
  ...more,
});

async function collect(...keys: KeySummary[]): Promise<Record<string, number>> {
  const out = new Exposition();
  collectKeys({ keyRing: { summaries: () => keys } as never }, out);
  return Object.fromEntries(readExposition((await out.render()).body));
}

it("a key is superseded since the first newer one of its scheme", async () => {
  const lines = await collect(
    key("jwt-1", "jwt", 1, 100),
    key("jwt-3", "jwt", 3, 300),
    key("jwt-2", "jwt", 2, 200),
    key("hmac-1", "xiaozhi-hmac", 1, 100),
  );
  const superseded = Object.entries(lines).filter(([series]) => series.startsWith("connack_key_superseded"));
  expect(superseded).toEqual([
    ['connack_key_superseded_timestamp_seconds{key="jwt-1"}', 200 * day],
    ['connack_key_superseded_timestamp_seconds{key="jwt-2"}', 300 * day],
  ]);
  expect(lines['connack_key_created_timestamp_seconds{key="jwt-3"}']).toBe(300 * day);
  expect(
    lines[
      'connack_key_info{key="hmac-1",scheme="xiaozhi-hmac",algorithm="HMAC-SHA256",generation="1",origin="generated"}'
    ],
  ).toBe(1);
});

it("when a key of the configuration was made is not known", async () => {
  const lines = await collect(key("old", "jwt", 1, 100), key("new", "jwt", 2, 200, { origin: "configuration" }));
  expect(Object.keys(lines).filter((series) => !series.startsWith("connack_key_info"))).toEqual([
    'connack_key_created_timestamp_seconds{key="old"}',
  ]);
});
