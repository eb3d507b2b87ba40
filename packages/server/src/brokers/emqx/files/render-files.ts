import { type DesiredInput, desiredState } from "../configure/desired-state.ts";
import { fileConfiguration } from "./file-configuration.ts";
import { renderCompose, renderEnvironment } from "./render-environment.ts";
import { renderHocon } from "./render-hocon.ts";
import { marksIn, replaceMarks, secretVariables, withMarks } from "./secret-marks.ts";

export const fileFormats = ["hocon", "environment", "compose"] as const;
export type FileFormat = (typeof fileFormats)[number];

export interface RenderOptions {
  format: FileFormat;
  /** With the bearer token, and the secret of tokens where EMQX checks those. */
  showSecrets: boolean;
}

/** What is wanted of EMQX as a file for those who configure it by files, with comments that say where it belongs. */
export function renderFiles(input: DesiredInput, { format, showSecrets }: RenderOptions): string {
  const desired = desiredState(showSecrets ? input : withMarks(input));
  const values = fileConfiguration(desired);
  const text = renderers[format](values);
  const comments = [
    "EMQX as Connack wants it, made by connack emqx config.",
    ...(showSecrets ? ["It holds secrets: let nobody read it but yourself and EMQX."] : []),
    "",
    ...places[format],
    ...(desired.databaseRules.length > 0 ? databaseComment : []),
    ...(input.connackCa === undefined ? [] : caComment(input.connackCa)),
    ...secretComment(format, text),
  ];
  const body = replaceMarks(text, (name) => (format === "compose" ? `\${${name}:?}` : `\${${name}}`));
  return `${comments.map((line) => (line === "" ? "#" : `# ${line}`)).join("\n")}\n\n${body}`;
}

const renderers = { hocon: renderHocon, environment: renderEnvironment, compose: renderCompose } as const;

const order = [
  "What wins in EMQX 5.8, weakest first: etc/base.hocon (since 5.8.4), data/configs/cluster.hocon (what was set over",
  "API and dashboard), etc/emqx.conf, EMQX_* variables. Lists such as authentication are taken whole from one of them.",
];

const apiNote = [
  "What emqx.conf or a variable sets comes back at every start, whatever connack emqx apply or the dashboard changed",
  "meanwhile. So use either this, or connack emqx apply.",
];

const places: Record<FileFormat, readonly string[]> = {
  hocon: [
    "EMQX 5.8.4 and later: add it to etc/base.hocon where dashboard and API shall stay able to change it.",
    "Earlier, or where files shall have the last word: add it to etc/emqx.conf. In EMQX's container both are in",
    "/opt/emqx/etc, with packages in /etc/emqx. Take other authentication and authorization blocks out of there.",
    ...order,
    ...apiNote,
    "Check it with: emqx check_config",
  ],
  environment: [
    "For docker run --env-file; a shell would take quotes and $ away. Variables win over everything else:",
    ...order,
    ...apiNote,
  ],
  compose: [
    "For docker compose: merge it into your file. $$ is a $ for EMQX. Variables win over everything else:",
    ...order,
    ...apiNote,
  ],
};

const databaseComment = [
  "",
  "Rights of clients that EMQX lets in by their token are rules of its built-in database, which no file can hold:",
  "give tokens an acl claim, or run connack emqx apply once.",
];

function caComment(place: string): string[] {
  return ["", `EMQX reads the CA of our certificate from ${place}, by its own file system: put it there.`];
}

function secretComment(format: FileFormat, text: string): string[] {
  const names = marksIn(text);
  if (names.length === 0) return [];
  const what = names.map((name) => `${name} is ${secretVariables[name]}`).join(", ");
  const how =
    format === "compose"
      ? "Compose takes it from its environment, or from .env beside the file."
      : "EMQX fills in none of this: put the value there, or have it written with --out <file>.";
  return ["", `${what}.`, how];
}
