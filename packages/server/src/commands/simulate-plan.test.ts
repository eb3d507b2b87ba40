import { expect, it } from "vitest";
import { simulationPlan } from "./simulate-plan.ts";

const url = "mqtt://127.0.0.1:1883";
const plan = (options: Record<string, string | boolean | string[]> = {}, args = [url]) =>
  simulationPlan({ args, options });

it("has defaults", () => {
  expect(plan()).toEqual({
    url,
    devices: 1000,
    scheme: "jwt",
    protocolVersion: 4,
    rampSeconds: 30,
    durationSeconds: 60,
    publishEverySeconds: 10,
    storms: [],
    outageSeconds: 5,
    recoverWithinSeconds: 120,
    rogues: 0,
    rogueEverySeconds: 10,
    cloneLegitimate: false,
  });
});

it("reads what is given", () => {
  expect(plan({ devices: "2000", rate: "100", rogue: "2.5%", mqtt: "5", storm: ["restart", "network"] })).toMatchObject(
    {
      devices: 2000,
      rampSeconds: 20,
      rogues: 50,
      protocolVersion: 5,
      storms: ["restart", "network"],
    },
  );
});

it.each([
  ["which broker", {}, []],
  ["this is no URL", {}, ["127.0.0.1"]],
  ["begins with mqtt://", {}, ["http://127.0.0.1"]],
  ["begins with mqtt://", {}, ["localhost:1883"]],
  ["user name or password", {}, ["mqtt://me:x@127.0.0.1"]],
  ["broker.example is another machine", {}, ["mqtt://broker.example"]],
  ["--devices takes", { devices: "0" }, [url]],
  ["--devices takes", { devices: "25001" }, [url]],
  ["--devices takes a whole number", { devices: "1e3" }, [url]],
  ["--rate and --ramp", { rate: "10", ramp: "3s" }, [url]],
  ["--rate takes 1", { rate: "0" }, [url]],
  ["--duration takes", { duration: "0" }, [url]],
  ["--duration takes", { duration: "8d" }, [url]],
  ["--rogue takes", { rogue: "5" }, [url]],
  ["--rogue takes", { rogue: "101%" }, [url]],
  ["--rogue-every takes", { rogueEvery: "0" }, [url]],
  ["--outage is for --storm network", { outage: "3s" }, [url]],
  ["--restart-command is for --storm restart", { restartCommand: "true", storm: ["network"] }, [url]],
  ["--clone-legitimate needs rogues", { cloneLegitimate: true }, [url]],
  ["--storm expiry needs --scheme jwt", { storm: ["expiry"], scheme: "password" }, [url]],
  ["--duration of at least 20s", { storm: ["expiry"], duration: "19s" }, [url]],
  ["--duration of at least 30s", { storm: ["expiry", "network"], duration: "29s" }, [url]],
  ["--ca: cannot read", { ca: "/nowhere/ca.crt" }, [url]],
] as const)("refuses: %s (%j)", (problem, options, args) => {
  expect(() => simulationPlan({ args: [...args], options: options as never })).toThrow(problem);
});

it("takes a broker elsewhere where that is meant", () => {
  expect(plan({ yes: true }, ["mqtts://broker.example:8883"]).url).toBe("mqtts://broker.example:8883");
});
