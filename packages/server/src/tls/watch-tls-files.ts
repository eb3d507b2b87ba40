import type { X509Certificate } from "node:crypto";
import { certificateWarning } from "./certificate-warning.ts";
import { readTlsFiles, type TlsFiles } from "./read-tls-files.ts";
import { checkTlsMaterial, ownCertificate, type TlsMaterial, UnusableTlsMaterial } from "./tls-material.ts";

export interface TlsWatch {
  files: TlsFiles;
  /** What is in force now. */
  material: TlsMaterial;
  /** Puts other material in force; may throw. */
  renew(material: TlsMaterial): void;
  onRenewed(sentence: string): void;
  /** Told once for each problem: the old material stays in force. */
  onProblem(sentence: string): void;
  /** Told of the certificate that is in force: at once, and of each that comes after it. */
  onInForce?(certificate: X509Certificate): void;
  nowMs: () => number;
}

/**
 * Looks at the files and takes what is new in them: certificates are renewed while the service runs. The texts are
 * compared, as times and inodes tell little where files are copied, linked or mounted. Files that do not fit together,
 * such as a certificate whose key is not there yet, are looked at again the next time.
 */
export class TlsFileWatcher {
  readonly #watch: TlsWatch;
  #material: TlsMaterial;
  #problem: string | undefined;
  #warning: string | undefined;

  constructor(watch: TlsWatch) {
    this.#watch = watch;
    this.#material = watch.material;
    watch.onInForce?.(ownCertificate(watch.material));
    this.#warnOfDates();
  }

  /** To be called from time to time. Never throws. */
  look(): void {
    const { files, onInForce, onProblem, onRenewed, renew } = this.#watch;
    try {
      const found = readTlsFiles(files);
      if (!isSame(found, this.#material)) {
        checkTlsMaterial(found);
        renew(found);
        this.#material = found;
        onInForce?.(ownCertificate(found));
        onRenewed(`a new certificate was taken from ${files.certificate}`);
      }
      this.#problem = undefined;
    } catch (error) {
      const problem = sentenceOf(error, files);
      if (problem !== this.#problem) onProblem(`${problem}; the old certificate stays in use`);
      this.#problem = problem;
    }
    this.#warnOfDates();
  }

  /** Once, and again when the days that are left have changed. */
  #warnOfDates(): void {
    const { files, nowMs, onProblem } = this.#watch;
    const warning = certificateWarning(ownCertificate(this.#material), nowMs());
    if (warning !== undefined && warning !== this.#warning)
      onProblem(`the certificate ${files.certificate} ${warning}`);
    this.#warning = warning;
  }
}

function sentenceOf(error: unknown, files: TlsFiles): string {
  if (error instanceof UnusableTlsMaterial) return `${files[error.part]} ${error.message}`;
  return `the certificate cannot be renewed: ${(error as { code?: string }).code ?? "unexpected error"}`;
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.certificate === other.certificate && one.key === other.key && one.clientCa === other.clientCa;
}
