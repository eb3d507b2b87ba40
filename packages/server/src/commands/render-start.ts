import { relative, resolve } from "node:path";
import { embeddedBrokerNotice } from "../brokers/embedded/notice.ts";
import type { House } from "../open-house.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { labelled, wrap } from "../terminal/wrap.ts";
import { hasProgram } from "./has-program.ts";

/** What a person sees when the service is up: what listens, and lines to paste that watch, add a device and connect. */
export function renderStart(house: House, configFile?: string): string {
  const { mqtt, ws, mqtts, wss, brokers, admin } = house.listeners;
  const [first, ...others] = [mqtt, ws, mqtts, wss].filter((url) => url !== undefined);
  const data = relative(process.cwd(), house.folder.path) || house.folder.path;
  const lines = [
    readyText(house),
    "",
    ...(first ? [labelled("  devices  ", [first, ...words("  embedded broker, MQTT 3.1, 3.1.1 and 5")])] : []),
    ...others.map((url) => `           ${url}`),
    labelled("  brokers  ", [brokers ?? "", ...words("  POST /mqtt/auth, /brokers/emqx/authn")]),
    ...(admin ? [labelled("  people   ", [admin, ...words("  admin API, /metrics; connack token add")])] : []),
    labelled("  data     ", [data.startsWith("..") ? house.folder.path : data, ...newFolderRemark(house)]),
    ...(first ? ["", wrap(embeddedBrokerNotice)] : []),
    ...(mqtt ? howToTry(house, flagsToRepeat(house, configFile)) : []),
  ];
  return `${lines.join("\n")}\n\n`;
}

/** A registry that cannot be used does not stop the start; the service heals when it does. */
function readyText({ registry }: House): string {
  const { state, detail } = registry.health();
  if (state === "ready") return "Connack is ready.";
  return wrap(`Connack runs, but is not ready: registry ${state}: ${detail}`);
}

function words(text: string): string[] {
  return text.split(" ");
}

function newFolderRemark({ folder, keyRing }: House): string[] {
  if (!folder.isNew) return [];
  return words(keyRing.summaries().some((key) => key.origin === "generated") ? "  new: keys were made" : "  new");
}

/** One line per kind of credential that can be issued here, or what is missing for it. */
function howToTry(house: House, flags: string): string[] {
  const { jwt, xiaozhiHmac } = house.config.credentials;
  const bound = jwt.bindTo.username !== undefined || jwt.bindTo.clientId !== undefined;
  const issue = "npx connack credential issue";
  const kinds = [
    {
      scheme: "jwt",
      enabled: jwt.enabled,
      title: bound ? "a JWT; add --claim and --username as credentials.jwt.bindTo demands" : "a JWT",
      missing: "no JWT key to sign with here; make one:",
      line: `${issue} sensor-1 --add --command${flags} | sh`,
    },
    {
      scheme: "xiaozhi-hmac",
      enabled: xiaozhiHmac.enabled,
      title: "a xiaozhi HMAC credential",
      missing: "no xiaozhi key to sign with here; make one:",
      line: `${issue} 02:00:00:00:00:01 --scheme xiaozhi-hmac --add --command${flags} | sh`,
    },
  ] as const;
  const wanted = kinds.filter((kind) => kind.enabled);
  const able = wanted.filter(({ scheme }) => house.keyRing.issuingKey(scheme) !== undefined);
  if (wanted.length === 0) return [];
  return [
    "",
    "Watch what arrives (in a second terminal):",
    "",
    `  npx connack sub '#'${flags}`,
    "",
    "Add a device and connect with it (in a third one):",
    "",
    ...(able.length === 0 || hasProgram("mosquitto_pub") ? [] : [mosquittoFirst]),
    ...wanted.flatMap((kind) =>
      able.includes(kind)
        ? [`  # ${kind.title}`, `  ${kind.line}`]
        : [`  # ${kind.missing}`, `  npx connack key add --scheme ${kind.scheme}${flags}`],
    ),
  ];
}

const mosquittoFirst =
  "  # mosquitto_pub, which connects, is not installed here\n  sudo apt-get install mosquitto-clients";

/** What a second terminal needs to find the same data folder, also from another place and without our environment. */
function flagsToRepeat({ loaded, folder }: House, configFile: string | undefined): string {
  const config = configFile === undefined ? "" : ` --config ${quoteWord(resolve(configFile))}`;
  return loaded.sources.dataDir === "default" ? config : `${config} --data ${quoteWord(folder.path)}`;
}
