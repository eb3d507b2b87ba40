import { existsSync } from "node:fs";
import { delimiter, join, relative, resolve } from "node:path";
import { embeddedBrokerNotice } from "../brokers/embedded/notice.ts";
import type { House } from "../open-house.ts";
import { quoteWord } from "./mosquitto-command.ts";
import { wrap } from "./print.ts";

/** What a person sees when the service is up: what listens, and two lines that add a device and connect with it. */
export function renderStart(house: House, configFile?: string): string {
  const flags = flagsToRepeat(house, configFile);
  const { mqtt, brokers } = house.listeners;
  const data = relative(process.cwd(), house.folder.path) || house.folder.path;
  const lines = [
    "Connack is ready.",
    "",
    ...(mqtt ? [`  devices  ${mqtt}   embedded broker, MQTT 3.1, 3.1.1 and 5`] : []),
    `  brokers  ${brokers}   POST /mqtt/auth, /brokers/emqx/authn`,
    `  data     ${data.startsWith("..") ? house.folder.path : data}${newFolderRemark(house)}`,
  ];
  if (mqtt) {
    lines.push(
      "",
      wrap(embeddedBrokerNotice),
      "",
      "Add a device and connect with it (in a second terminal):",
      "",
      ...tryLines(house, flags),
    );
    if (!hasProgram("mosquitto_pub")) lines.push("Both use mosquitto_pub: apt install mosquitto-clients");
  }
  return `${lines.join("\n")}\n\n`;
}

function newFolderRemark({ folder, keyRing }: House): string {
  if (!folder.isNew) return "";
  return keyRing.summaries().some((key) => key.origin === "generated") ? "   new: keys were made" : "   new";
}

/** One line per kind of credential that can be issued here, or what is missing for it. */
function tryLines(house: House, flags: string): string[] {
  const { bindTo } = house.config.credentials.jwt;
  const bound = bindTo.username !== undefined || bindTo.clientId !== undefined;
  const issue = "npx connack credential issue";
  return [
    ...(house.keyRing.issuingKey("jwt") === undefined
      ? ["  # no JWT key to sign with here; make one: npx connack key add --scheme jwt"]
      : [
          bound ? "  # a JWT; add --claim and --username as credentials.jwt.bindTo demands" : "  # a JWT",
          `  ${issue} sensor-1 --add --command${flags} | sh`,
        ]),
    ...(house.keyRing.issuingKey("xiaozhi-hmac") === undefined
      ? ["  # no xiaozhi key to sign with here; make one: npx connack key add --scheme xiaozhi-hmac"]
      : [
          "  # a xiaozhi HMAC credential",
          `  ${issue} 02:00:00:00:00:01 --scheme xiaozhi-hmac --add --command${flags} | sh`,
        ]),
  ];
}

/** What a second terminal needs to find the same data folder, also from another place and without our environment. */
function flagsToRepeat({ loaded, folder }: House, configFile: string | undefined): string {
  const config = configFile === undefined ? "" : ` --config ${quoteWord(resolve(configFile))}`;
  return loaded.sources.dataDir === "default" ? config : `${config} --data ${quoteWord(folder.path)}`;
}

function hasProgram(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}
