import { opendir, readFile, stat } from "node:fs/promises";
import type { Exposition } from "./exposition.ts";

/**
 * What `collectDefaultMetrics` of prom-client would tell of the process, but for what that costs: with 8000 open sockets
 * each scrape held up the event loop for 30 ms, since it lists every handle and every descriptor in one go.
 */
export async function collectProcess(out: Exposition): Promise<void> {
  const { user, system } = process.cpuUsage();
  out.set("process_cpu_user_seconds_total", user / 1e6);
  out.set("process_cpu_system_seconds_total", system / 1e6);
  out.set("process_start_time_seconds", performance.timeOrigin / 1000);
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  out.set("process_resident_memory_bytes", rss);
  out.set("nodejs_heap_size_total_bytes", heapTotal);
  out.set("nodejs_heap_size_used_bytes", heapUsed);
  out.set("nodejs_external_memory_bytes", external);
  const { active, idle } = performance.eventLoopUtilization();
  out.set("connack_event_loop_active_seconds_total", active / 1000);
  out.set("connack_event_loop_idle_seconds_total", idle / 1000);
  if (process.platform !== "linux") return;
  out.set("process_open_fds", await countDescriptors());
  out.set("process_max_fds", await readMaxDescriptors());
}

const descriptors = "/proc/self/fd";

/** Linux 6.2 and later have the number as the folder's size; before that they are counted, some at a time. */
async function countDescriptors(): Promise<number> {
  const { size } = await stat(descriptors);
  if (size > 0) return size;
  let count = -1; // the one it is read by
  for await (const _ of await opendir(descriptors, { bufferSize: 256 })) count++;
  return count;
}

/** The soft limit; nothing where there is none. */
async function readMaxDescriptors(): Promise<number | undefined> {
  const limits = await readFile("/proc/self/limits", "utf8");
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
