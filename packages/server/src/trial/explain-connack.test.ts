import { describe, expect, it } from "vitest";
import { brokerNames, explainConnack } from "./explain-connack.ts";

const common = [1, 2, 3, 4, 5, 132, 133, 134, 135, 136, 137, 138, 149, 151, 156, 157, 159];

describe("explainConnack", () => {
  it.each([undefined, ...brokerNames])("has a meaning and a next step for every common code: %s", (broker) => {
    for (const code of common) {
      const { meaning, next } = explainConnack(code, broker);
      expect(meaning, String(code)).toMatch(/^[A-Z].*[.]$/);
      expect(meaning, String(code)).not.toContain("says no more");
      expect(next, String(code)).toMatch(/\S/);
    }
  });

  it.each([
    [4, 134],
    [5, 135],
    [2, 133],
    [3, 136],
    [1, 132],
  ])("%i of MQTT 3.1.1 means what %i of MQTT 5 means", (old, five) => {
    for (const broker of [undefined, ...brokerNames])
      expect(explainConnack(old, broker)).toEqual(explainConnack(five, broker));
  });

  it("the same code says another thing at another broker", () => {
    expect(explainConnack(5, "mosquitto").meaning).toContain("wrong password");
    expect(explainConnack(5, "embedded").meaning).toContain("disabled");
    expect(explainConnack(4, "emqx").meaning).toContain("the signature is right");
    expect(explainConnack(5, "emqx").meaning).toContain("the signature does not fit");
    expect(explainConnack(4, "embedded").next).toBe("connack device timeline <id>");
  });

  it("a code that nobody knows is told as it is", () => {
    expect(explainConnack(0x99, undefined).meaning).toBe("The broker refuses with code 153 (0x99) and says no more.");
    expect(explainConnack(6, "embedded").meaning).toBe("The broker refuses with code 6 (0x06) and says no more.");
  });
});
