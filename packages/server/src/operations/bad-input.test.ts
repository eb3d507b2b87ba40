import { expect, it } from "vitest";
import type { House } from "../open-house.ts";
import { OperationError } from "./operation.ts";
import { runOperation } from "./operations.ts";

const nobody = {} as House; // input is read before anything is touched
const long = "x".repeat(70_000);
const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`a${n}`, "x".repeat(250)]));

it.each([
  ["device.add", { id: "" }, "the device id is empty", "name the device as its credential does, e.g. sensor-1"],
  ["device.add", { id: long }, "the device id is longer than 256 characters", "shorten it"],
  ["device.add", { id: "a", group: "" }, "the group is empty", "give --group a value, or leave it out"],
  ["device.add", { id: "a", clientIds: ["", ""] }, "a client id is empty", "give --client-id a value, or leave it out"],
  ["device.add", { id: "a", clientIds: Array(40).fill("c") }, "--client-id is there more than 32 times", /32/],
  [
    "device.add",
    { id: "a", attributes: { "a b": "c" } },
    'attribute "a b" has a name that cannot be',
    /^names are 1 to 64/,
  ],
  [
    "device.add",
    { id: "a", attributes: { a: "x".repeat(300) } },
    'attribute "a" is longer than 256 characters',
    "shorten it",
  ],
  ["device.add", { id: "a", attributes: many }, /^the attributes: .* longer than 4096 characters together$/, undefined],
  ["device.add", { id: "a", schemes: ["pigeon"] }, /^schemes is none of .*jwt/, undefined],
  ["device.add", { id: "a", schemes: ["jwtt"] }, /^schemes is none of .*jwt/, "did you mean jwt?"],
  ["device.add", {}, "the device id is missing or not a string", /sensor-1/],
  ["device.add", { id: "a", size: 1 }, '"size" means nothing here', undefined],
  ["device.set", { id: "a", password: { text: "short" } }, "the password is shorter than 8 characters", /longer/],
  ["device.list", { limit: 0 }, "the limit is less than 1", "--limit takes 1 or more"],
  ["device.list", { limit: 5000 }, "the limit is more than 1000", "--limit takes 1000 at most"],
  ["credential.issue", { device: "", scheme: "jwt" }, "the device id is empty", /sensor-1/],
  ["credential.issue", { device: "a", scheme: "jwt", username: "" }, "the user name is empty", /--username/],
  [
    "credential.issue",
    { device: "a", scheme: "jwt", expiresIn: 0 },
    "the life of the token is less than 1s",
    /1s or more/,
  ],
  [
    "credential.issue",
    { device: "a", scheme: "jwt", expiresIn: 1e9 },
    /is more than 3650d$/,
    "--expires-in takes 3650d at most",
  ],
  [
    "credential.issue",
    { device: "a", scheme: "jwt", claims: { sub: "b" } },
    /^the claims: sub, .* set by Connack$/,
    /leave these out/,
  ],
  ["credential.explain", { password: long }, "the password is longer than 65536 characters", "shorten it"],
  ["key.add", { scheme: "jwt", id: "a b" }, /^the key id has other characters than letters, digits/, /--id/],
  ["key.add", { scheme: "jwt", content: long }, "the key file is longer than 65536 characters", "shorten it"],
])("%s names the thing, the reason and the next step", async (name, input, message, next) => {
  const error = (await runOperation(nobody, name, input).catch((thrown: unknown) => thrown)) as OperationError;
  expect(error).toBeInstanceOf(OperationError);
  expect(error.code).toBe("bad_input");
  if (typeof message === "string") expect(error.message).toBe(message);
  else expect(error.message).toMatch(message);
  if (typeof next === "object") expect(error.next).toMatch(next);
  else expect(error.next).toBe(next);
  expect(error.message).not.toMatch(/Invalid|Too (?:small|big)|expected/);
});

it("tells the first few reasons of many, and never a value", async () => {
  const input = { id: "", group: "", clientIds: [""], password: { text: "s3cret" } };
  const error = (await runOperation(nobody, "device.add", input).catch((thrown: unknown) => thrown)) as OperationError;
  expect(error.message).toBe("the device id is empty; the group is empty; a client id is empty");
  const one = (await runOperation(nobody, "device.add", { id: "a", password: { text: "s3cret" } }).catch(
    (thrown: unknown) => thrown,
  )) as OperationError;
  expect(`${one.message} ${one.next}`).not.toContain("s3cret");
});
