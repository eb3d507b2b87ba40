import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file system of its own of so many kilobytes, for one test. Only where `canMount`. */
export function smallDisk(path: string, kilobytes: number): string {
  mkdirSync(path, { recursive: true });
  mount(path, kilobytes);
  onTestFinished(() => void execFileSync("umount", ["--lazy", path]));
  return path;
}

export function canMount(): boolean {
  const disk = mkdtempSync(join(tmpdir(), "connack-mount-"));
  try {
    mount(disk, 64);
    execFileSync("umount", [disk]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(disk, { recursive: true });
  }
}

function mount(path: string, kilobytes: number): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", path], { stdio: "ignore" });
}
