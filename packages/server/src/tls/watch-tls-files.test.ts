import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { ca, newServer, server } from "../brokers/embedded/testing/lab-certificates.ts";
import { issueCertificate } from "./issue-certificate.ts";
import { loadTlsFiles, type TlsFiles } from "./read-tls-files.ts";
import type { TlsMaterial } from "./tls-material.ts";
import { TlsFileWatcher } from "./watch-tls-files.ts";

let files: TlsFiles & { clientCa: string };
let told: string[];
let renewed: TlsMaterial[];
let nowMs: number;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "connack-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  files = { certificate: join(folder, "s.crt"), key: join(folder, "s.key"), clientCa: join(folder, "ca.crt") };
  writeFileSync(files.certificate, server.certificate);
  writeFileSync(files.key, server.key);
  writeFileSync(files.clientCa, ca.certificate);
  told = [];
  renewed = [];
  nowMs = Date.now() - 20 * 86_400_000;
});

function watch(renew = (material: TlsMaterial) => void renewed.push(material)): TlsFileWatcher {
  return new TlsFileWatcher({
    files,
    material: loadTlsFiles(files),
    renew,
    onRenewed: (sentence) => told.push(`news: ${sentence.replaceAll(files.certificate, "<crt>")}`),
    onProblem: (sentence) =>
      told.push(
        sentence
          .replaceAll(files.certificate, "<crt>")
          .replaceAll(files.key, "<key>")
          .replaceAll(files.clientCa, "<ca>"),
      ),
    nowMs: () => nowMs,
  });
}

/** Certificates of the test are valid for a day around now; the watch's clock begins before. */
const early = /^the certificate <crt> is valid only from/;

it("tells which certificate is in force, at once and after each renewal that succeeds", () => {
  const inForce: string[] = [];
  let usable = true;
  const watcher = new TlsFileWatcher({
    files,
    material: loadTlsFiles(files),
    renew: () => {
      if (!usable) throw new Error("refused");
    },
    onRenewed() {},
    onProblem() {},
    onInForce: (certificate) => inForce.push(certificate.toString()),
    nowMs: () => nowMs,
  });
  watcher.look();
  expect(inForce).toEqual([server.certificate]);
  const next = newServer(ca);
  writeFileSync(files.certificate, next.certificate);
  writeFileSync(files.key, next.key);
  usable = false;
  watcher.look();
  expect(inForce).toHaveLength(1);
  usable = true;
  watcher.look();
  watcher.look();
  expect(inForce).toEqual([server.certificate, next.certificate]);
});

it("takes new files, once", () => {
  const watcher = watch();
  watcher.look();
  expect(renewed).toEqual([]);
  const next = newServer(ca);
  writeFileSync(files.certificate, next.certificate);
  writeFileSync(files.key, next.key);
  watcher.look();
  watcher.look();
  expect(renewed).toEqual([{ certificate: next.certificate, key: next.key, clientCa: ca.certificate }]);
  expect(told).toEqual([expect.stringMatching(early), "news: a new certificate was taken from <crt>"]);
});

it("takes files that are put in their place by renaming or by another link, with an old time", () => {
  const watcher = watch();
  const [first, second] = [newServer(ca), newServer(ca)];
  for (const [part, text] of Object.entries(first)) {
    const target = files[part as "certificate" | "key"];
    writeFileSync(`${target}.new`, text);
    renameSync(`${target}.new`, target);
  }
  watcher.look();
  for (const [part, text] of Object.entries(second)) {
    const target = files[part as "certificate" | "key"];
    writeFileSync(`${target}.2`, text);
    unlinkSync(target);
    symlinkSync(`${target}.2`, target);
  }
  watcher.look();
  expect(renewed.map(({ certificate }) => certificate)).toEqual([first.certificate, second.certificate]);
});

it("waits for the key that belongs to a new certificate", () => {
  const watcher = watch();
  const next = newServer(ca);
  writeFileSync(files.certificate, next.certificate);
  watcher.look();
  watcher.look();
  expect(renewed).toEqual([]);
  writeFileSync(files.key, next.key);
  watcher.look();
  expect(renewed).toHaveLength(1);
  expect(told.slice(1)).toEqual([
    "<key> is not the key of the certificate; the old certificate stays in use",
    "news: a new certificate was taken from <crt>",
  ]);
});

it("tells once of each problem, and keeps what is in force", () => {
  const watcher = watch();
  const problems: [() => void, string][] = [
    [() => unlinkSync(files.clientCa), "<ca> does not exist; the old certificate stays in use"],
    [() => writeFileSync(files.clientCa, ""), "<ca> has no certificate in PEM form; the old certificate stays in use"],
    [() => writeFileSync(files.key, "x"), "<key> has no private key in PEM form; the old certificate stays in use"],
  ];
  for (const [breakIt, problem] of problems) {
    breakIt();
    watcher.look();
    watcher.look();
    expect(told.at(-1)).toBe(problem);
  }
  expect(told).toHaveLength(4);
  writeFileSync(files.key, server.key);
  writeFileSync(files.clientCa, ca.certificate);
  watcher.look();
  expect(renewed).toEqual([]);
  expect(told).toHaveLength(4);
  // It was good in between: the same problem is a new one.
  writeFileSync(files.key, "x");
  watcher.look();
  expect(told.slice(3)).toEqual([told.at(3), told.at(3)]);
});

it("keeps what is in force when the broker does not take the new one, and tries again", () => {
  let isReady = false;
  const watcher = watch((material) => {
    if (!isReady) throw Object.assign(new Error("no"), { code: "ERR_TEST" });
    renewed.push(material);
  });
  const next = newServer(ca);
  writeFileSync(files.key, next.key);
  writeFileSync(files.certificate, next.certificate);
  watcher.look();
  expect(told.at(-1)).toBe("the certificate cannot be renewed: ERR_TEST; the old certificate stays in use");
  isReady = true;
  watcher.look();
  expect(renewed).toHaveLength(1);
});

it("warns of the dates at the start, and when the days that are left have changed", () => {
  const day = 86_400_000;
  const begin = Date.parse("2026-01-01T00:00:00Z");
  const dates = { notBefore: new Date(begin), notAfter: new Date(begin + 30 * day) };
  const dated = issueCertificate({ commonName: "b", use: { kind: "server", hosts: ["b"] }, ...dates }, ca);
  writeFileSync(files.certificate, dated.certificate);
  writeFileSync(files.key, dated.key);
  nowMs = begin;
  const watcher = watch();
  for (const days of [10, 16.5, 16.9, 17.5, 31, 32]) {
    nowMs = begin + days * day;
    watcher.look();
  }
  expect(told).toEqual([
    "the certificate <crt> expires on 2026-01-31, in 13 days",
    "the certificate <crt> expires on 2026-01-31, in 12 days",
    "the certificate <crt> has expired on 2026-01-31: devices that check it no longer connect",
  ]);
  watch();
  expect(told).toHaveLength(4);
});
