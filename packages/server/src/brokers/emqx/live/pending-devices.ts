import { type FileHandle, open, readFile } from "node:fs/promises";
import { z } from "zod";
import { oneAfterAnother } from "../../../state/one-after-another.ts";
import { writeFileDurably } from "../../../state/write-file-durably.ts";

/** A device that EMQX has to be put in line with. */
export interface PendingDevice {
  id: string;
  /** Client ids it may be connected with, beside those the registry knows by then. */
  clientIds: readonly string[];
  /** Its connections end whatever its status is. */
  endsAnyway: boolean;
  /** Counts up each time it is noted: what was done for an earlier one does not count for a later one. */
  version: number;
}

export interface PendingDevicesOptions {
  /** Told, in one sentence, when it cannot be written: what is pending is then lost with this process. */
  onProblem(sentence: string): void;
  /** Devices that are kept by name, at most. */
  most?: number;
}

/** What one line of the file says. */
const line = z.union([
  z.object({ id: z.string(), clientIds: z.array(z.string()), endsAnyway: z.boolean(), version: z.int() }),
  z.object({ done: z.string(), version: z.int() }),
  z.object({ all: z.boolean() }),
]);

/** Lines after which a file is written anew, where most of them are done. */
const longestFile = 10_000;
/** Client ids of one device; the registry keeps 32. */
const mostClientIds = 256;

/**
 * Devices whose connections have to be looked at, kept in a file until that is done: it is written before the change of
 * a device is committed, so that neither a crash nor an EMQX that is away makes anybody forget it. The registry alone
 * would not do: it has no client ids of a device that was removed, and not what changed last among millions. When more
 * wait than are kept by name, all refused devices have to be looked at (`hasAll`).
 */
export class PendingDevices {
  readonly #path: string;
  readonly #options: PendingDevicesOptions;
  readonly #most: number;
  readonly #devices = new Map<string, PendingDevice>();
  /** Changes that are under way, by device. */
  readonly #changing = new Map<string, number>();
  readonly #inTurn = oneAfterAnother();
  #file: FileHandle | undefined;
  #lines = 0;
  #unwritten = "";
  #writing: Promise<void> | undefined;
  /** A write failed: the file may end anywhere. */
  #isTorn = false;
  #hasAll = false;
  #overflows = 0;
  #version = 0;

  private constructor(path: string, options: PendingDevicesOptions) {
    this.#path = path;
    this.#options = options;
    this.#most = options.most ?? 20_000;
  }

  /** What waits since an earlier process is there. A file that cannot be read makes all refused devices be looked at. */
  static async open(path: string, options: PendingDevicesOptions): Promise<PendingDevices> {
    const pending = new PendingDevices(path, options);
    await pending.#read();
    return pending;
  }

  get size(): number {
    return this.#devices.size;
  }

  /** All refused devices have to be looked at: more were pending than are kept by name. */
  get hasAll(): boolean {
    return this.#hasAll;
  }

  /** How often one was not kept by name. */
  get overflows(): number {
    return this.#overflows;
  }

  values(): PendingDevice[] {
    return [...this.#devices.values()];
  }

  get(id: string): PendingDevice | undefined {
    return this.#devices.get(id);
  }

  /** Whether a change of the device is under way: to look at it now would be too early. */
  isChanging(id: string): boolean {
    return this.#changing.has(id);
  }

  /** Told of a device that can be put in line now. */
  onReady: (id: string) => void = () => {};

  /**
   * Runs a change of a device, which is noted before it.
   *
   * @param mayHaveHappened whether the change may have been made, though it failed like this
   */
  async during<Result>(
    { id, clientIds, endsAnyway }: Pick<PendingDevice, "id" | "clientIds" | "endsAnyway">,
    change: () => Promise<Result>,
    mayHaveHappened: (error: unknown) => boolean,
  ): Promise<Result> {
    const before = this.#devices.get(id);
    this.#changing.set(id, (this.#changing.get(id) ?? 0) + 1);
    try {
      await this.note(id, clientIds, endsAnyway);
      return await change();
    } catch (error) {
      if (endsAnyway && !before?.endsAnyway && !mayHaveHappened(error)) this.#endNothing(id);
      throw error;
    } finally {
      const others = (this.#changing.get(id) ?? 1) - 1;
      if (others > 0) this.#changing.set(id, others);
      else this.#changing.delete(id);
      this.onReady(id);
    }
  }

  /** Resolves when it survives a crash, or cannot be made to, which is told. */
  async note(id: string, clientIds: readonly string[], endsAnyway: boolean): Promise<void> {
    const known = this.#devices.get(id);
    if (known === undefined && this.#devices.size >= this.#most) {
      this.#overflows++;
      if (this.#hasAll) return;
      this.#hasAll = true;
      this.#append({ all: true });
      return await this.#written();
    }
    const device: PendingDevice = {
      id,
      clientIds: [...new Set([...(known?.clientIds ?? []), ...clientIds])].slice(-mostClientIds),
      endsAnyway: endsAnyway || (known?.endsAnyway ?? false),
      version: ++this.#version,
    };
    this.#devices.set(id, device);
    this.#append(device);
    await this.#written();
  }

  /** It was put in line, as it was noted then. Is written some time. */
  done({ id, version }: PendingDevice): void {
    if (this.#devices.get(id)?.version !== version) return;
    this.#devices.delete(id);
    this.#append({ done: id, version });
    void this.#written();
  }

  /** All were looked at that were refused by then: @param overflows as they were before. */
  allDone(overflows: number): void {
    if (overflows !== this.#overflows) return;
    this.#hasAll = false;
    this.#append({ all: false });
    void this.#written();
  }

  #endNothing(id: string): void {
    const known = this.#devices.get(id);
    if (known === undefined) return;
    const device = { ...known, endsAnyway: false, version: ++this.#version };
    this.#devices.set(id, device);
    this.#append(device);
    void this.#written();
  }

  async close(): Promise<void> {
    await this.#written();
    await this.#inTurn(async () => {
      await this.#file?.close();
      this.#file = undefined;
    });
  }

  #append(what: z.infer<typeof line> | PendingDevice): void {
    this.#unwritten += `${JSON.stringify(what)}\n`;
    this.#lines++;
  }

  /** Resolves when all that was appended by now is on the disk. Many share one write. */
  #written(): Promise<void> {
    this.#writing ??= this.#inTurn(() => {
      this.#writing = undefined;
      return this.#write();
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const text = this.#unwritten;
    this.#unwritten = "";
    if (text === "") return;
    try {
      const isEmpty = this.#devices.size === 0 && !this.#hasAll;
      const isLong = this.#lines > longestFile && this.#lines > 2 * this.#devices.size;
      if (isEmpty || isLong || this.#isTorn) await this.#writeAnew();
      else {
        this.#file ??= await open(this.#path, "a", 0o600);
        await this.#file.write(text);
        await this.#file.datasync();
      }
    } catch (error) {
      this.#isTorn = true;
      const { code } = error as NodeJS.ErrnoException;
      this.#options.onProblem(
        `${this.#path} cannot be written (${code ?? "unknown reason"}): should Connack end before EMQX is put in line, a device that was refused meanwhile may stay connected there`,
      );
    }
  }

  async #writeAnew(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    const lines = [...(this.#hasAll ? [{ all: true }] : []), ...this.#devices.values()].map((each) =>
      JSON.stringify(each),
    );
    await writeFileDurably(this.#path, lines.map((each) => `${each}\n`).join(""));
    this.#lines = lines.length;
    this.#isTorn = false;
  }

  async #read(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#hasAll = true;
      return;
    }
    const lines = text.split("\n");
    // What comes behind the last line's end was being written when the process died: nothing was changed yet.
    const rest = lines.pop() ?? "";
    for (const each of lines) this.#take(each);
    this.#lines = lines.length;
    // The next line must not begin in the middle of one.
    if (rest !== "") await this.#inTurn(() => this.#writeAnew());
  }

  #take(text: string): void {
    const told = line.safeParse(jsonOf(text));
    if (!told.success) this.#hasAll = true;
    else if ("all" in told.data) this.#hasAll = told.data.all;
    else if ("done" in told.data) {
      if (this.#devices.get(told.data.done)?.version === told.data.version) this.#devices.delete(told.data.done);
    } else {
      this.#devices.set(told.data.id, told.data);
      this.#version = Math.max(this.#version, told.data.version);
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
