import type { WarningRule } from "./warning-rule.ts";

export const versionTooOld: WarningRule = {
  name: "version-too-old",
  isConflict: true,
  about: "EMQX before 5.7 has no client attributes, and an answer to a CONNECT cannot carry rights.",
  find({ version: { support, remark = "" } }) {
    return support === "too_old" ? [{ sentence: remark, next: "update EMQX to 5.8, then try again" }] : [];
  },
};
