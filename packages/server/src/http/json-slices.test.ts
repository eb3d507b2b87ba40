import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonSlices } from "./json-slices.ts";

it("are together what JSON.stringify makes, whatever the value", () => {
  const long = fc.array(fc.jsonValue({ maxDepth: 1 }), { minLength: 60, maxLength: 200 });
  const answer = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), long, fc.constant(undefined)));
  const property = fc.property(fc.oneof(answer, fc.jsonValue()), (value) => {
    expect([...jsonSlices(value)].join("")).toBe(JSON.stringify(value));
  });
  fc.assert(property, { seed: 4711 });
});

it("have at most 16 elements each", () => {
  const devices = Array.from({ length: 1000 }, (_, n) => ({ id: `device-${n}` }));
  const slices = [...jsonSlices({ devices, next: "device-999" })];
  expect(slices.length).toBe(63);
  for (const slice of slices) expect(slice.match(/"id"/g)?.length).toBeLessThanOrEqual(16);
  expect([...jsonSlices({ devices: devices.slice(0, 16) })]).toHaveLength(1);
});
