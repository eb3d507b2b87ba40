import type { JsonObject } from "../management/management-client.ts";
import { isEnabled } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const databaseRuleForEverything: WarningRule = {
  name: "database-rule-for-everything",
  about:
    "The rules for all clients in EMQX's built-in database hold one for the topic `#` that is not Connack's. One that allows gives every client what its rights do not speak of, whatever `no_match` says; one that denies takes the rights of devices whose tokens EMQX checks by itself, as Connack's rules come behind it.",
  find({ state: { sources, databaseRules = [] }, config }) {
    const isOn = sources.some((each) => each["type"] === "built_in_database" && isEnabled(each));
    const ownTopics = JSON.stringify(config.jwt.rules ?? []);
    if (!isOn || ownTopics.includes('"#"')) return [];
    const last = databaseRules.length - 1;
    return databaseRules.flatMap((rule, index) => {
      const isAllow = rule["permission"] === "allow";
      const matters = isForEverything(rule) && (isAllow || (config.jwt.enabled && index < last));
      return matters ? [finding(rule, isAllow)] : [];
    });
  },
};

function isForEverything({ topic, permission }: JsonObject): boolean {
  return topic === "#" && (permission === "allow" || permission === "deny");
}

function finding({ action, permission }: JsonObject, isAllow: boolean) {
  return {
    sentence: `A rule of EMQX's built-in database says ${String(permission)} ${String(action)} # for all clients${isAllow ? "" : ", before the rules behind it"}.`,
    next: "remove it in EMQX's dashboard (Access Control → Authorization → Built-in Database → All Users)",
  };
}
