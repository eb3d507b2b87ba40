import type { ConfigurationStep } from "./configuration-step.ts";
import { autoSubscribeName, orderName, readName, settingsName } from "./configured-object.ts";

/** The reverse of `applyRanks`: rights are opened before those who need them are asked for, and ours goes last. */
export function rollbackRank({ kind, object }: ConfigurationStep): number {
  const name = readName(object);
  const removes = kind === "remove";
  switch (name?.kind) {
    case "rule":
      return removes ? 10 : 15;
    case "action":
      return removes ? 11 : 14;
    case "connector":
      return removes ? 12 : 13;
    case "authenticator":
      if (removes) return 44;
      if (kind === "disable") return 43;
      return kind === "enable" ? 40 : 41;
    case "source":
      if (name.id === "built_in_database") return 51;
      return name.id === "http" ? 32 : 30;
    default:
      if (object === autoSubscribeName) return 20;
      if (object === settingsName) return 31;
      return object === orderName ? 42 : 50;
  }
}
