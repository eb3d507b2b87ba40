import { allowsEverything } from "../configure/allows-everything.ts";
import { isEnabled } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const allowAllFileSource: WarningRule = {
  name: "allow-all-file-source",
  about:
    "The source `file` (acl.conf) holds `{allow, all}.`, as that of every new EMQX does. What the rights of a client do not speak about is then allowed, whatever `no_match` says.",
  find({ state: { sources } }) {
    const open = sources.some((each) => isEnabled(each) && each["type"] === "file" && allowsAll(each["rules"]));
    if (!open) return [];
    return [
      {
        sentence: "EMQX's acl.conf ends in {allow, all}: what Connack gives no right to may still be allowed there.",
        next: "remove the source file with connack emqx apply, or change {allow, all} in acl.conf to {deny, all}",
      },
    ];
  },
};

function allowsAll(rules: unknown): boolean {
  return typeof rules === "string" && allowsEverything(rules);
}
