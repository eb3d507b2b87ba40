import type { WarningRule } from "./warning-rule.ts";

export const unknownVersion: WarningRule = {
  name: "unknown-version",
  about: "Connack was tried with EMQX 5.8. Other versions from 5.7 on are expected to behave alike.",
  find({ version: { support, remark } }) {
    if (support !== "expected" || remark === undefined) return [];
    return [{ sentence: remark, next: "try it in a test installation first: connack emqx verify attacks the set-up" }];
  },
};
