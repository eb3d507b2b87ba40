import { expect, it } from "vitest";
import { identityNames } from "./identity-names.ts";
import { withWrongKey } from "./rogue-credentials.ts";
import { rogueRoles } from "./rogues.ts";
import { type SimulationPlan, simulatedSchemes } from "./simulation-plan.ts";

const names = identityNames(3, "jwt");
const roles = (rogues: number, cloneLegitimate = false) =>
  rogueRoles({ rogues, cloneLegitimate } as SimulationPlan, { names });

it("makes half of the rogues twins in pairs, and shares the rest", () => {
  const some = roles(10);
  const count = (kind: string) => some.filter((role) => role.kind === kind).length;
  expect([count("twin"), count("wrong key"), count("dead credential")]).toEqual([4, 3, 3]);
  const twins = some.filter(({ kind }) => kind === "twin").map(({ identity }) => identity);
  expect(twins).toEqual(["sim-3-rogue-00001", "sim-3-rogue-00001", "sim-3-rogue-00002", "sim-3-rogue-00002"]);
  const others = some.filter(({ kind }) => kind !== "twin").map(({ identity }) => identity);
  expect(new Set([...twins, ...others]).size).toBe(8);
  expect([roles(0).length, roles(1).length, roles(3).length]).toEqual([0, 1, 3]);
});

it("touches no legitimate device, but for twins where that is asked for", () => {
  const isLegitimate = ({ identity }: { identity: string }) => !identity.includes("rogue");
  expect(roles(100).filter(isLegitimate)).toEqual([]);
  expect(
    roles(8, true)
      .filter(isLegitimate)
      .map(({ kind, identity }) => [kind, identity]),
  ).toEqual([1, 2, 3, 4].map((number) => ["twin", names.device(number)]));
});

it.each(simulatedSchemes)("makes a wrong proof of the same size: %s", (scheme) => {
  const right = Buffer.alloc(32, 1);
  const password =
    scheme === "jwt"
      ? `e30.e30.${right.toString("base64url")}`
      : right.toString(scheme === "password" ? "base64url" : "base64");
  const wrong = withWrongKey({ clientId: "c", username: "u", password }, scheme);
  expect(wrong).toMatchObject({ clientId: "c", username: "u" });
  expect(wrong.password.length).toBe(password.length);
  expect(wrong.password).not.toBe(password);
});

it("calls xiaozhi devices and their rogues by addresses of their own", () => {
  const macs = identityNames(2, "xiaozhi-hmac");
  expect([macs.device(1), macs.device(25_000), macs.rogue(1)]).toEqual([
    "02:c0:02:00:00:01",
    "02:c0:02:00:61:a8",
    "02:c0:02:80:00:01",
  ]);
});
