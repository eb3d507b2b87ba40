import type { WarningRule } from "./warning-rule.ts";

export const mixedVersions: WarningRule = {
  name: "mixed-versions",
  about:
    "The nodes of the cluster run different versions, or one does not run. What was tried on one may fail on another.",
  find({ version: { nodes } }) {
    const stopped = nodes.filter(({ isRunning }) => !isRunning).map(({ name }) => name);
    const versions = new Set(nodes.map(({ version }) => version));
    const findings = [];
    if (versions.size > 1) {
      findings.push({
        sentence: `The nodes of EMQX run different versions: ${[...versions].sort().join(", ")}.`,
        next: "finish the update of all nodes first",
      });
    }
    if (stopped.length > 0) {
      findings.push({
        sentence: `Nodes of EMQX do not run: ${stopped.join(", ")}.`,
        next: "start them, or remove them from the cluster; they get the set-up when they join again",
      });
    }
    return findings;
  },
};
