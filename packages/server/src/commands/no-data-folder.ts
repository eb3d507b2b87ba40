import { UnusableFolder } from "../state/data-folder-path.ts";

/** A misspelt --data, most likely. */
export function noDataFolder(folder: string): UnusableFolder {
  return new UnusableFolder(`no data folder at ${folder}: run connack serve first, or name it with --data`);
}
