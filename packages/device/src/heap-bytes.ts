interface Runtime {
  process?: { memoryUsage?(): { heapUsed: number } };
  performance?: { memory?: { usedJSHeapSize: number } };
}

/** Bytes of the JavaScript heap in use; `undefined` in a browser that does not tell. */
export function heapBytes(): number | undefined {
  const { process, performance } = globalThis as Runtime;
  return process?.memoryUsage?.().heapUsed ?? performance?.memory?.usedJSHeapSize;
}
