import { readFileSync, writeFileSync } from "node:fs";
import { renderAuditEventsDoc } from "../packages/server/src/audit/render-audit-events-doc.ts";
import { renderConfigurationDoc } from "../packages/server/src/config/render-configuration-doc.ts";
import { renderAdminApiDoc } from "../packages/server/src/http/admin/render-admin-api-doc.ts";
import { renderCommandLineDoc } from "./render-command-line-doc.ts";
import { renderDenyReasonsDoc } from "./render-deny-reasons-doc.ts";
import { renderDeviceDoc } from "./render-device-doc.ts";
import { renderEmqxDoc } from "./render-emqx-doc.ts";
import { renderMetricsDoc } from "./render-metrics-doc.ts";
import { renderRightsDoc } from "./render-rights-doc.ts";

/** Writes the pages that are made from code; with `--check`, ends with 1 when one is stale. */
const pages = {
  "docs/deny-reasons.md": renderDenyReasonsDoc,
  "docs/configuration.md": renderConfigurationDoc,
  "docs/command-line.md": renderCommandLineDoc,
  "docs/rights.md": renderRightsDoc,
  "docs/admin-api.md": renderAdminApiDoc,
  "docs/audit-events.md": renderAuditEventsDoc,
  "docs/metrics.md": renderMetricsDoc,
  "docs/device.md": renderDeviceDoc,
  "docs/brokers/emqx.md": renderEmqxDoc,
};

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, render] of Object.entries(pages)) {
  const url = new URL(`../${path}`, import.meta.url);
  const content = `${render().trimEnd()}\n`;
  if (!check) writeFileSync(url, content);
  else if (readOrEmpty(url) !== content) stale.push(path);
}
if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(", ")}. Run: npm run docs\n`);
  process.exitCode = 1;
}

function readOrEmpty(url: URL): string {
  try {
    return readFileSync(url, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
