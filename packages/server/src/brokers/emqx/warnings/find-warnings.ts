import type { ConfigurationPlan, ConfigurationWarning } from "../configure/configuration-step.ts";
import type { WarningInput, WarningRule } from "./warning-rule.ts";
import { warningTable } from "./warning-table.ts";

/** What an operator should know of this EMQX, and why it may not be changed as it is; the gravest first. Pure. */
export function findWarnings(input: WarningInput): Pick<ConfigurationPlan, "warnings" | "conflicts"> {
  const found = (wanted: boolean): ConfigurationWarning[] =>
    warningTable
      .filter(({ isConflict = false }) => isConflict === wanted)
      .flatMap((rule: WarningRule) => rule.find(input).map((finding) => ({ name: rule.name, ...finding })));
  return { warnings: found(false), conflicts: found(true) };
}
