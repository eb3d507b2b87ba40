/** One line on standard error that is written over, on a terminal only. */
export function createProgress(stream = process.stderr): { show(text: string): void; done(): void } {
  if (!stream.isTTY) return { show() {}, done() {} };
  const write = (text: string) => stream.write(`\r\u001b[K${text.slice(0, (stream.columns || 80) - 1)}`);
  return { show: write, done: () => void write("") };
}
