import { expect, it } from "vitest";
import { denyReasons } from "./deny-reason.ts";

it("leads out of scheme_not_allowed by a command that changes something", () => {
  const { fix } = denyReasons.scheme_not_allowed;
  expect(fix).toContain("connack device set <id> --scheme <each scheme it may use>");
  expect(fix).toContain("its own credential");
  expect(fix).not.toContain("device show");
});
