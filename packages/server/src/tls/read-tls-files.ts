import { resolve } from "node:path";
import { readTextFile } from "../config/read-text-file.ts";
import { checkTlsMaterial, type TlsMaterial, UnusableTlsMaterial } from "./tls-material.ts";

/** Names of the files, relative to the working directory. */
export type TlsFiles = TlsMaterial;

/** The texts of the files. Throws `UnusableTlsMaterial` for one that cannot be read; what they say is not checked. */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  const { certificate, key, clientCa } = files;
  return {
    certificate: readPart("certificate", certificate),
    key: readPart("key", key),
    ...(clientCa !== undefined && { clientCa: readPart("clientCa", clientCa) }),
  };
}

/** Usable material from files. Throws `UnusableTlsMaterial`. */
export function loadTlsFiles(files: TlsFiles): TlsMaterial {
  const material = readTlsFiles(files);
  checkTlsMaterial(material);
  return material;
}

function readPart(part: keyof TlsFiles, file: string): string {
  const content = readTextFile(resolve(file));
  if (content.found) return content.text;
  throw new UnusableTlsMaterial(part, content.problem);
}
