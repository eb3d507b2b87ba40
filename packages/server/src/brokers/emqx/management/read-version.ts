import type { Json, JsonObject, ManagementClient } from "./management-client.ts";
import { ManagementError } from "./management-error.ts";

export interface EmqxNode {
  name: string;
  version: string;
  /** `Opensource`, `Enterprise`, … as EMQX says it. */
  edition: string;
  isRunning: boolean;
  /** Since its start, in milliseconds. */
  uptimeMs: number;
  /** Folder EMQX runs from; `/opt/emqx` in its container image. */
  systemPath: string;
}

export interface EmqxVersion {
  /** The lowest of all running nodes, e.g. `5.8.0`. */
  version: string;
  edition: string;
  nodes: EmqxNode[];
  support: "known" | "expected" | "too_old";
  /** What to think of the version; absent where it is known. */
  remark?: string;
}

/** The EMQX that this was written and recorded with. */
export const knownVersion = "5.8";
const oldest = [5, 7] as const;

/** Which EMQX it is. Throws `ManagementError`, also where what answers is no EMQX 5. */
export async function readVersion(client: Pick<ManagementClient, "get" | "url">): Promise<EmqxVersion> {
  const listed = await client.get("/nodes");
  const nodes = Array.isArray(listed) ? listed.flatMap(nodeOf) : [];
  const running = nodes.filter(({ isRunning }) => isRunning);
  const [first] = [...(running.length > 0 ? running : nodes)].sort((a, b) => compare(a.version, b.version));
  if (first === undefined) {
    throw new ManagementError(`GET /nodes: ${client.url} names no node of an EMQX 5.`, {
      problem: "not_emqx",
      endpoint: "GET /nodes",
      next: "check brokers.emqx.url",
    });
  }
  return { version: first.version, edition: first.edition, nodes, ...judgeVersion(first.version) };
}

/** What is known of a version: 5.8 was tried, others are expected to behave alike, those before 5.7 lack what is needed. */
export function judgeVersion(version: string): Pick<EmqxVersion, "support" | "remark"> {
  if (version.startsWith(`${knownVersion}.`)) return { support: "known" };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    const remark = `EMQX ${version} cannot be set up: it knows no client attributes, and rights need them. EMQX 5.7 is the oldest.`;
    return { support: "too_old", remark };
  }
  if (major === 5 && minor === 7) {
    const remark =
      "EMQX 5.7 takes no rights with our answer to a CONNECT: it has to ask for each topic (docs/brokers/emqx.md).";
    return { support: "expected", remark };
  }
  return {
    support: "expected",
    remark: `EMQX ${version} was not tried; it is expected to behave as ${knownVersion}. Look at what connack emqx status says.`,
  };
}

function nodeOf(value: Json): EmqxNode[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const node: JsonObject = value;
  const version = text(node["version"]).replace(/^[ve]+/, "");
  if (!/^\d+\.\d+/.test(version)) return [];
  return [
    {
      name: text(node["node"]),
      version,
      edition: text(node["edition"]),
      isRunning: text(node["node_status"]) === "running",
      uptimeMs: typeof node["uptime"] === "number" ? node["uptime"] : 0,
      systemPath: text(node["sys_path"]),
    },
  ];
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
