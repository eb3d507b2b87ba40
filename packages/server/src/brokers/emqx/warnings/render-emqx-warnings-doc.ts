import { plannedWarnings } from "./planned-warnings.ts";
import { warningTable } from "./warning-table.ts";

/** The table of all warnings and conflicts, for the page about EMQX; each row can be linked to by its name. */
export function renderEmqxWarningsDoc(): string {
  const rows = [...warningTable, ...plannedWarnings].map(({ name, about, isConflict }) => {
    const what = isConflict ? `${about} **Nothing is changed while this stands.**` : about;
    return `| <a id="${name}"></a>\`${name}\` | ${what.replaceAll("|", "\\|")} |`;
  });
  return ["| name | what it means |", "| --- | --- |", ...rows].join("\n");
}
