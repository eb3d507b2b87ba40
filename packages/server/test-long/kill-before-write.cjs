/**
 * Preloaded into a command: it is killed with SIGKILL before its call number KILL_AT of those that change files,
 * counted from the first file that it makes. A write is half done when it is its turn.
 */
const promises = require("node:fs/promises");
const { syncBuiltinESMExports } = require("node:module");

const killAt = Number(process.env.KILL_AT);
let calls = 0;
let isCounting = false;

async function perhapsDie(before) {
  if (!isCounting || ++calls !== killAt) return;
  await before?.();
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => {});
}

const { open } = promises;
promises.open = async (path, flags, ...rest) => {
  if (flags === "wx") isCounting = true;
  await perhapsDie();
  const file = await open(path, flags, ...rest);
  for (const name of ["writeFile", "chmod", "sync", "close"]) {
    const method = file[name].bind(file);
    file[name] = async (...args) => {
      const half = () => name === "writeFile" && method(args[0].slice(0, args[0].length / 2));
      await perhapsDie(half);
      return method(...args);
    };
  }
  return file;
};
for (const name of ["link", "rename", "rm"]) {
  const real = promises[name];
  promises[name] = async (...args) => {
    await perhapsDie();
    return real(...args);
  };
}
syncBuiltinESMExports();
