import { afterAll, beforeAll, expect, it } from "vitest";
import type { OperationError } from "./operation.ts";
import { openTestHouse, type TestHouse } from "./testing/open-test-house.ts";

let test: TestHouse;
beforeAll(async () => {
  test = await openTestHouse();
});
afterAll(() => test.close());

// What `String.replace` would take for a pattern is only text in a command to paste.
const id = "a$&b$'c";
const quoted = String.raw`'a$&b$'\''c'`;

it("a next step names the id as it was asked for", async () => {
  await test.run("device.add", { id });
  const { code, next } = await test.run("device.add", { id }).then(
    () => expect.fail("added twice"),
    (error: OperationError) => error,
  );
  expect(code).toBe("device_exists");
  expect(next).toBe(`connack device show ${quoted}, and connack device set ${quoted} to change it`);
});

it("so does the fix of a credential that is refused", async () => {
  await test.run("device.disable", { id });
  const { password } = await test.run<{ password: string }>("credential.issue", { device: id, scheme: "jwt" });
  const { reason, fix } = await test.run<{ reason: string; fix: string }>("credential.explain", { password });
  expect(reason).toBe("device_disabled");
  expect(fix).toContain(quoted);
});
