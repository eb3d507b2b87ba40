import { setTimeout as sleep } from "node:timers/promises";
import { askServer } from "../commands/ask-server.ts";
import type { CommandContext } from "../commands/command.ts";
import { repeatedFlags } from "../commands/lab-options.ts";
import type { DeviceTimeline } from "../operations/device-timeline.ts";
import { quoteWord } from "../operations/quote-word.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { type BrokerTarget, isThisMachine } from "./broker-target.ts";

/** What the server of this data folder wrote down about an attempt. */
export interface Recorded {
  reason: string;
  sentence: string;
  fix?: string;
}

/** The Connack server that runs on this data folder, if one does: what a broker does not tell a device. */
export interface ConnackHere {
  /** Whether the URL is that of its embedded broker. */
  isEmbedded(target: BrokerTarget): boolean;
  /** The refusal of a device or client id since then (Unix milliseconds); it is written down soon after the answer. */
  refusalSince(ids: readonly string[], sinceMs: number): Promise<Recorded | undefined>;
  /** What finds data folder and configuration again, for lines that are pasted; begins with a space. */
  flags: string;
  /** The command that shows a device's history, as it can be pasted. */
  timelineCommand(id: string): string;
}

const answerWithinMs = 3000;
/** How often, and after how many milliseconds each, an event is looked for that is still being written. */
const looks = 8;
const lookEveryMs = 150;

/** `undefined` where no server runs here; nothing is started and no data folder opened. */
export async function findConnackHere(context: CommandContext): Promise<ConnackHere | undefined> {
  const { config } = context.loadConfig();
  const folder = dataFolderPath(config.dataDir);
  const ask = async (name: string, input: object) => (await askServer(folder, name, input, answerWithinMs))?.value;
  const status = (await ask("status", {})) as { listeners?: Record<string, string> } | undefined;
  if (status === undefined) return undefined;
  const flags = repeatedFlags(context);
  return {
    flags,
    isEmbedded: (target) => Object.entries(status.listeners ?? {}).some(([name, url]) => isSame(name, url, target)),
    timelineCommand: (id) => `connack device timeline ${quoteWord(id)}${flags}`,
    async refusalSince(ids, sinceMs) {
      for (let look = 0; look < looks; look++) {
        if (look > 0) await sleep(lookEveryMs);
        for (const id of ids) {
          const timeline = (await ask("device.timeline", { id, since: sinceMs, limit: 20 })) as DeviceTimeline;
          const found = latestRefusal(timeline, sinceMs);
          if (found) return found;
        }
      }
      return undefined;
    },
  };
}

/** Listeners of the embedded broker, as `status` names them. */
const mqttListeners: ReadonlySet<string> = new Set(["mqtt", "mqtts", "ws", "wss"]);

function isSame(name: string, url: string, { host, port }: BrokerTarget): boolean {
  if (!mqttListeners.has(name) || !URL.canParse(url)) return false;
  const listener = new URL(url);
  if (Number(listener.port) !== port) return false;
  const at = listener.hostname.replace(/^\[|\]$/g, "");
  return at === host || (isThisMachine(host) && (isThisMachine(at) || at === "0.0.0.0" || at === "::"));
}

function latestRefusal({ refusal, rows }: DeviceTimeline, sinceMs: number): Recorded | undefined {
  if (refusal && Date.parse(refusal.at) >= sinceMs) {
    const { reason, sentence, fix } = refusal;
    return { reason, sentence, ...(fix !== undefined && { fix }) };
  }
  const row = rows.findLast(({ kind, lastAt }) => isRefused.has(kind) && Date.parse(lastAt) >= sinceMs);
  return row === undefined ? undefined : { reason: row.reason ?? row.kind, sentence: row.text };
}

const isRefused: ReadonlySet<string> = new Set(["refused", "denied topic"]);
