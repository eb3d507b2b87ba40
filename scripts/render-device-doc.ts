import { readFileSync } from "node:fs";
import { deviceProblems } from "./device-problems.ts";
import { type InterfaceMember, readInterface } from "./read-interface.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

/** Members of an option that are options of their own: where they stand. */
const nested: Readonly<Record<string, [file: string, name: string]>> = {
  reconnect: ["reconnect-delay.ts", "ReconnectOptions"],
  queue: ["publish-queue.ts", "QueueLimits"],
  tls: ["connection-options.ts", "TlsOptions"],
};

/** What stands between the marks of docs/device.md, by what the mark says. */
const parts: Readonly<Record<string, (argument: string) => string>> = {
  file: (path) => `\`\`\`${path.split(".").at(-1) === "html" ? "html" : "js"}\n${read(path).trimEnd()}\n\`\`\``,
  options: renderOptions,
  problems: renderProblems,
};

/** docs/device.md with the parts that are made from code and from examples made anew. Throws for a mark it does not know. */
export function renderDeviceDoc(page = read("docs/device.md")): string {
  const mark = /<!-- generated: (\w+) ?(\S*) -->\n[\s\S]*?<!-- end -->/g;
  return page.replace(mark, (_whole, kind: string, argument: string) => {
    const render = parts[kind];
    if (!render) throw new Error(`docs/device.md: what is generated: ${kind}?`);
    return `<!-- generated: ${[kind, argument].filter(Boolean).join(" ")} -->\n${render(argument)}\n<!-- end -->`;
  });
}

function renderOptions(): string {
  const options = readInterface(read("packages/device/src/device-options.ts"), "DeviceOptions");
  const rows = options.filter(({ name }) => name !== "testing").flatMap(withMembers);
  return ["| option | meaning and default |", "| --- | --- |", ...rows].join("\n");
}

function withMembers(option: InterfaceMember): string[] {
  const inner = nested[option.name];
  const row = (name: string, comment: string) => `| \`${name}\` | ${cell(comment)} |`;
  if (!inner) return [row(option.name, `${option.isOptional ? "" : "**Needed.** "}${option.comment}`)];
  const [file, name] = inner;
  // A comment stands for the members up to the next one.
  let comment = "";
  return readInterface(read(`packages/device/src/${file}`), name).map((member) => {
    comment = member.comment || comment;
    return row(`${option.name}.${member.name}`, comment);
  });
}

function renderProblems(): string {
  const rows = Object.entries(deviceProblems).flatMap(([kind, problems]) =>
    problems.map(({ sentence, fix }, at) => `| ${at === 0 ? `\`${kind}\`` : ""} | ${cell(sentence)} | ${cell(fix)} |`),
  );
  return ["| kind | sentence, such as | fix |", "| --- | --- | --- |", ...rows].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
