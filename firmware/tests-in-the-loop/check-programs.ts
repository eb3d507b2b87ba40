import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const programs = [
  ...["clang++", "clang-tidy", "cmake", "cppcheck", "flock", "g++", "make", "mosquitto", "python3"],
  ...["qemu-system-riscv32", "riscv64-unknown-elf-gcc", "xtensa-lx106-elf-gcc"],
];
const files = [
  "/usr/include/doctest/doctest.h",
  "/usr/include/mbedtls/version.h",
  "/usr/lib/picolibc/riscv64-unknown-elf",
  "/usr/lib/xtensa-lx106-elf/picolibc.specs",
];

/** Where Debian has Mosquitto, which is not on the path of everybody. */
const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];

/** Run before each test of the firmware: says what to install, where the tests would fail in words of their own. */
const missing = [
  ...programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name)))),
  ...files.filter((file) => !existsSync(file)),
];
if (missing.length > 0) {
  const packages = readFileSync(new URL("../debian-packages", import.meta.url), "utf8")
    .trim()
    .replaceAll("\n", " ");
  throw new Error(
    `The firmware cannot be tested: there is no ${missing.join(", no ")}.\n` +
      `Next, on Debian: sudo apt-get install -y --no-install-recommends ${packages}\n` +
      `Everything but the firmware: npx vitest run --project '!firmware'`,
  );
}
