import { isEnabled } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const sourceBeforeRules: WarningRule = {
  name: "source-before-rules",
  about:
    "Devices whose tokens EMQX checks by itself have their rights as rules in the built-in database, and another source stands before it. What that one decides, it decides in their place: a `file` that ends in `{deny, all}` takes all their rights, a database or an HTTP server may give them others.",
  find({ state: { sources }, config }) {
    const place = sources.findIndex((each) => each["type"] === "built_in_database");
    if (!config.jwt.enabled || place < 0) return [];
    return sources
      .slice(0, place)
      .filter((each) => isEnabled(each) && (each["type"] !== "file" || deniesEverything(each["rules"])))
      .map(({ type }) => ({
        sentence:
          type === "file"
            ? "EMQX's acl.conf denies everything before it comes to the rules for devices whose tokens EMQX checks."
            : `EMQX asks the source ${String(type)} before the rules for devices whose tokens EMQX checks.`,
        next: "move the built-in database to the top in EMQX's dashboard (Access Control → Authorization)",
      }));
  },
};

/** The rule for everything and everybody, outside of texts and comments. */
function deniesEverything(rules: unknown): boolean {
  const terms = String(rules ?? "")
    .replaceAll(/%.*$/gm, "")
    .replaceAll(/\s+/g, "");
  return /(?:^|\.)\{deny,all(?:,(?:all|pubsub)(?:,\["#"\])?)?\}\./.test(terms);
}
