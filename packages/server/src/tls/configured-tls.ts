import { ConfigError } from "../config/config-error.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { loadTlsFiles, type TlsFiles } from "./read-tls-files.ts";
import { type TlsMaterial, UnusableTlsMaterial } from "./tls-material.ts";

export interface ConfiguredTls {
  files: TlsFiles;
  material: TlsMaterial;
}

const settings = { certificate: "certificateFile", key: "keyFile", clientCa: "clientCaFile" } as const;

/** The certificate of the embedded broker; nothing when none is configured. Throws `ConfigError` for unusable files. */
export function configuredTls({ config, sources }: LoadedConfig): ConfiguredTls | undefined {
  const { enabled, tls } = config.brokers.embedded;
  const { certificateFile: certificate, keyFile: key, clientCaFile: clientCa } = tls;
  if (!enabled || certificate === undefined || key === undefined) return undefined;
  const files: TlsFiles = { certificate, key, ...(clientCa !== undefined && { clientCa }) };
  return loadConfiguredTls("brokers.embedded.tls", files, sources);
}

/** What the files of a section such as `http.admin.tls` hold. Throws `ConfigError`, with the place of the setting. */
export function loadConfiguredTls(section: string, files: TlsFiles, sources: LoadedConfig["sources"]): ConfiguredTls {
  try {
    return { files, material: loadTlsFiles(files) };
  } catch (error) {
    if (!(error instanceof UnusableTlsMaterial)) throw error;
    const setting = `${section}.${settings[error.part]}`;
    const problem = `\`${setting}\`: the file ${files[error.part]} ${error.message}`;
    throw new ConfigError([{ place: sources[setting] ?? setting, problem }]);
  }
}
