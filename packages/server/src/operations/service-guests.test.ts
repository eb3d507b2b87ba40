import { compileAcl } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { createGuests, type GuestCredential } from "./service-guests.ts";

const rules = [{ permission: "allow", action: "subscribe", topic: "eq devices/#" }] as const;

function setUp() {
  const clock = { now: 1_000_000 };
  const guests = createGuests(() => clock.now);
  const ask = ({ username, password }: GuestCredential, more: object = {}) =>
    guests.admit({ clientId: username, username, password, ...more });
  return { clock, guests, ask };
}

describe("a guest", () => {
  it("comes in once, with the rights it was invited for and no others", () => {
    const { guests, ask } = setUp();
    const credential = guests.invite(rules);
    const decision = ask(credential);
    expect(decision).toMatchObject({ result: "allow", deviceId: credential.username, scheme: "password" });
    const acl = compileAcl(decision?.acl ?? []);
    const may = (topic: string) => acl.decide({ action: "subscribe", topic, qos: 0 }).allowed;
    expect([may("devices/#"), may("devices/a"), may("#"), may("$SYS/#")]).toEqual([true, false, false, false]);
    expect(acl.decide({ action: "publish", topic: "devices/a", qos: 0, retain: false }).allowed).toBe(false);
    expect(ask(credential)).toBeUndefined();
  });

  it.each([
    ["another password", { password: "x" }],
    ["no password", { password: "" }],
    ["another client id", { clientId: "cli-x" }],
    ["another name", { username: "cli-x", clientId: "cli-x" }],
    ["the name of an object's own", { username: "__proto__", clientId: "__proto__" }],
  ])("stays out with %s, and is not used up by that", (_what, more) => {
    const { guests, ask } = setUp();
    const credential = guests.invite(rules);
    expect(ask(credential, more)).toBeUndefined();
    expect(ask(credential)).toMatchObject({ result: "allow" });
  });

  it("stays out when it comes too late", () => {
    const { clock, guests, ask } = setUp();
    const early = guests.invite(rules);
    const late = guests.invite(rules);
    clock.now = early.connectBefore - 1;
    expect(ask(early)).toMatchObject({ result: "allow" });
    clock.now = late.connectBefore;
    expect(ask(late)).toBeUndefined();
  });

  it("does not come with the password of another", () => {
    const { guests, ask } = setUp();
    const [one, other] = [guests.invite(rules), guests.invite(rules)];
    expect(ask({ ...one, password: other.password })).toBeUndefined();
    expect(one.password).not.toBe(other.password);
  });

  it("a hundred wait at most: the oldest makes room", () => {
    const { guests, ask } = setUp();
    const all = Array.from({ length: 101 }, () => guests.invite(rules));
    expect(all.map((each) => ask(each)?.result)).toEqual([undefined, ...Array(100).fill("allow")]);
  });

  it("has a password of 256 bits", () => {
    expect(Buffer.from(setUp().guests.invite(rules).password, "base64url")).toHaveLength(32);
  });
});
