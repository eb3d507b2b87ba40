import { statSync } from "node:fs";
import { closeStoreFile, takeAwayLog } from "../../registry/sqlite/close-store-file.ts";
import { fileVersion, findDamaged, findMoved } from "../../registry/sqlite/watch-store-file.ts";
import { type AuditFault, AuditFaultError, auditFault, auditFaultOf } from "./audit-fault.ts";
import { type OpenAudit, openAuditFile, proveWritable } from "./audit-file.ts";
import type { AuditSettings } from "./audit-messages.ts";
import { NewerAudit } from "./migrate-audit.ts";
import { moveAside } from "./move-aside.ts";

export interface KeeperListener {
  opened(audit: OpenAudit): void;
  closed(): void;
  /** `undefined`: it can be written. */
  changed(fault: AuditFault | undefined): void;
  movedAside(movedTo: string, cause: string): void;
}

/**
 * Keeps the audit file open, notices what happens to it, and goes on as soon as it can. Unlike the registry's, a file
 * that is gone is made anew, and a damaged one is moved aside: what was kept matters less than what happens now.
 */
export class AuditKeeper {
  readonly #settings: AuditSettings;
  readonly #listener: KeeperListener;
  #audit: OpenAudit | undefined;
  #fault: AuditFault | undefined = auditFaultOf("starting");
  #opening = false;
  #ended = false;
  /** File that was found damaged: moved aside as soon as that is possible. */
  #damaged: number | undefined;
  /** Version of the file that a newer Connack has written: not tried again until it changes. */
  #newer: string | undefined;

  constructor(settings: AuditSettings, listener: KeeperListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  get audit(): OpenAudit | undefined {
    return this.#audit;
  }

  /** Why nothing can be written just now. */
  get fault(): AuditFault | undefined {
    return this.#fault;
  }

  async open(): Promise<void> {
    const version = fileVersion(this.#settings.file);
    if (this.#opening || this.#ended || this.#newer === version) return;
    this.#opening = true;
    this.#newer = undefined;
    try {
      const audit = await this.#openOrReplace();
      if (this.#ended) {
        closeStoreFile(audit, this.#settings.file);
        return;
      }
      this.#audit = audit;
      this.#listener.opened(audit);
      this.#prove(audit);
    } catch (error) {
      if (error instanceof NewerAudit) this.#newer = version;
      this.#tell(openingFault(error));
    } finally {
      this.#opening = false;
    }
  }

  /** Looks at the file; called about every second. */
  tick(): void {
    if (this.#opening) return;
    const audit = this.#audit;
    if (audit === undefined) {
      void this.open();
      return;
    }
    const moved = this.findMoved();
    const damaged = moved ? undefined : findDamaged(audit, "select 1 from events limit 1");
    if (moved !== undefined) this.failed(moved);
    else if (damaged !== undefined) this.failed(auditFaultOf("corrupt", damaged.detail));
    else if (this.#fault?.state === "read-only")
      this.#reopen(this.#fault); // SQLite decides that at the opening
    else if (this.#fault !== undefined) this.#prove(audit);
  }

  /** Whether the file that is written to is the one under its name; asked before each commit. */
  findMoved(): AuditFault | undefined {
    const moved = this.#audit && findMoved(this.#audit, this.#settings.file);
    if (moved === undefined) return undefined;
    return auditFaultOf("unavailable", "the file was taken away, replaced or emptied; opening anew");
  }

  /** A fault that came up in the work. */
  failed(fault: AuditFault): void {
    if (this.#audit === undefined) return;
    if (fault.state === "corrupt") this.#damaged = this.#audit.inode;
    if (fault.passing || fault.state === "read-only") this.#tell(fault);
    else this.#reopen(fault);
  }

  close(): void {
    this.#ended = true;
    this.#close();
  }

  async #openOrReplace(): Promise<OpenAudit> {
    const { file } = this.#settings;
    try {
      if (this.#damaged !== undefined && this.#damaged === statSync(file, { throwIfNoEntry: false })?.ino)
        throw new AuditFaultError(auditFaultOf("corrupt", "found while working"));
      return await openAuditFile(this.#settings);
    } catch (error) {
      const fault = auditFault(error);
      if (fault?.state !== "corrupt") throw error;
      this.#listener.movedAside(moveAsideOrFault(file), fault.cause ?? fault.state);
      this.#damaged = undefined;
      return await openAuditFile(this.#settings);
    }
  }

  #reopen(fault: AuditFault): void {
    this.#close();
    this.#tell(fault);
    void this.open();
  }

  #close(): void {
    const audit = this.#audit;
    this.#audit = undefined;
    if (audit === undefined) return;
    this.#listener.closed();
    try {
      closeStoreFile(audit, this.#settings.file);
      takeAwayLog(audit, this.#settings.file);
    } catch (error) {
      if (auditFault(error) === undefined) throw error;
    }
  }

  #prove(audit: OpenAudit): void {
    try {
      proveWritable(audit);
      this.#tell(undefined);
    } catch (error) {
      const fault = auditFault(error);
      if (fault === undefined) throw error;
      this.failed(fault);
    }
  }

  #tell(fault: AuditFault | undefined): void {
    this.#fault = fault;
    this.#listener.changed(fault);
  }
}

function moveAsideOrFault(file: string): string {
  try {
    return moveAside(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : typeof error;
    throw new AuditFaultError(auditFaultOf("corrupt", code));
  }
}

function openingFault(error: unknown): AuditFault {
  if (error instanceof NewerAudit) return { state: "unavailable", detail: error.message };
  return auditFault(error) ?? auditFaultOf("unavailable", error instanceof Error ? error.name : typeof error);
}
