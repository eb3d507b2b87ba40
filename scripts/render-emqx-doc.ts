import { readFileSync } from "node:fs";
import { renderEmqxWarningsDoc } from "../packages/server/src/brokers/emqx/warnings/render-emqx-warnings-doc.ts";

const path = "docs/brokers/emqx.md";

/** What stands between the marks, by what the mark says. */
const parts: Readonly<Record<string, () => string>> = { "emqx warnings": renderEmqxWarningsDoc };

/** The page about EMQX with the parts that are made from code made anew. Throws for a mark it does not know. */
export function renderEmqxDoc(page = readFileSync(new URL(`../${path}`, import.meta.url), "utf8")): string {
  return page.replace(/<!-- generated: ([\w ]+?) -->\n[\s\S]*?<!-- end -->/g, (_whole, name: string) => {
    const render = parts[name];
    if (!render) throw new Error(`${path}: what is generated: ${name}?`);
    return `<!-- generated: ${name} -->\n${render()}\n<!-- end -->`;
  });
}
