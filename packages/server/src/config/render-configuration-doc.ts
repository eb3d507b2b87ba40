import { type ConfigRow, describeConfig } from "./describe-config.ts";

/** A file that loads as it stands; the tests load it. */
export const exampleFile = `# connack.yaml
http:
  brokers:
    host: 0.0.0.0 # EMQX runs on another machine
    allowedHosts: [auth.example.org]
brokers:
  embedded:
    enabled: false
credentials:
  jwt:
    issuer: esp32-sensor
    audience: emqx
    bindTo:
      username: "\${claims.mac_address|hex}"
devices:
  enrolment: approve
`;

const introduction = `# Configuration

Connack runs without any configuration: it listens on this machine only, and makes its own keys in a new data folder.
What you change goes into \`connack.yaml\` in the working directory (or the file given with \`--config\`), into
environment variables, or onto the command line. \`connack config show\` prints what is in force and where each value
comes from; \`connack config check\` only checks.

\`\`\`yaml
${exampleFile.trimEnd()}
\`\`\`

## Which source wins

1. the command line
2. \`CONNACK_*\` environment variables
3. \`MQTT_SIGNATURE_KEY\`, the name that xiaozhi servers and gateways use
4. \`connack.yaml\`
5. \`data/.config.yaml\` of a xiaozhi server in the same directory: \`server.mqtt_signature_key\`, \`server.mqtt_gateway\`
   (text or object) and \`log.log_level\`; it is only read, never written
6. the defaults below

Nothing is passed over in silence. An unknown key or \`CONNACK_*\` variable, a value of the wrong type, a key that is
there twice, a variable that is set but empty: each is an error that names the place and, where there is one, the key
that was probably meant. Connack then does not start. What is wrong inside xiaozhi's own file is a warning, unless it
leaves open which signature key is meant.

## Environment variables

Every key has a variable, named in the table. Lists are separated by commas (\`10.0.0.0/8,192.0.2.7\`), mappings are
JSON (\`{"tenant":"acme"}\`). With \`_FILE\` at its end the variable names a file that holds the value, as Docker and
Kubernetes secrets do; one line break at its end is removed, and around a secret all white space, with a warning.
A variable and its \`_FILE\` twin together are an error, and so are two variables for one key that differ.

## Secrets

Put secrets in quotes in YAML: unquoted, \`#\`, \`&\`, \`*\` and plain digits mean something else, and Connack refuses
what YAML would change. The texts \`null\` and \`undefined\`, unfilled placeholders and empty values count as an error,
never as "not set". Keys that are publicly known, too short or too easy to guess stop the start; \`--allow-weak-key\`
(\`credentials.allowWeakKey\`) overrules that for a fleet that has to be moved first. No command, log or error message
prints a secret.

## Changing it while Connack runs

\`connack config apply\`, or SIGHUP (\`systemctl reload connack\`), makes a running server read its configuration again:
the same files, with the command line and the environment it was started with. What is marked *reload* below counts from
the next decision on. Where a command is named, EMQX takes the change when that is run. The rest is named by the reload,
and counts from the next start on. A configuration with a mistake changes nothing: the server goes on as before and says
what is wrong. Devices that are connected stay so with the rights they connected with.

## Every key

Durations are \`30s\`, \`15m\`, \`1h\`, \`7d\` or a whole number of seconds. Relative paths start in the working directory.
`;

/** docs/configuration.md: the text above, then one table for each section of the schema. */
export function renderConfigurationDoc(): string {
  const rows = describeConfig();
  const sections = [...new Set(rows.map(({ key }) => sectionOf(key)))];
  const tables = sections.map((section) => {
    const lines = rows.filter(({ key }) => sectionOf(key) === section).map(renderRow);
    const title = section === "" ? "General" : `\`${section}\``;
    return [
      `### ${title}`,
      "",
      "| key | default | changes at | what it is |",
      "| --- | --- | --- | --- |",
      ...lines,
    ].join("\n");
  });
  return `${[introduction.trimEnd(), ...tables].join("\n\n")}\n`;
}

function renderRow(row: ConfigRow): string {
  const variables = [row.environmentVariable, row.alsoEnvironmentVariable].filter((name) => name !== undefined);
  const names = variables.map((name) => `\`${name}\``).join(" or ");
  const what = `${row.description}<br>${row.type}<br>${names}`;
  const initial = row.default === "" ? "" : `\`${cell(row.default)}\``;
  return `| \`${row.key}\` | ${initial} | ${changesAt(row)} | ${cell(what)} |`;
}

function changesAt({ isLive, takenBy }: ConfigRow): string {
  if (takenBy !== undefined) return `\`${takenBy}\``;
  return isLive ? "reload" : "start";
}

/** A \`|\` would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function sectionOf(key: string): string {
  return key.includes(".") ? key.slice(0, key.lastIndexOf(".")) : "";
}
