import { X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { certificateWarning } from "./certificate-warning.ts";
import { issueCertificate } from "./issue-certificate.ts";

const [notBefore, notAfter] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-03-01T12:00:00Z")];
const certificate = new X509Certificate(
  issueCertificate({ commonName: "broker", use: { kind: "client" }, notBefore, notAfter }).certificate,
);

it.each([
  ["2025-12-31T23:59:59Z", "is valid only from 2026-01-01 on: devices that check it do not connect before"],
  ["2026-01-01T00:00:00Z", undefined],
  ["2026-02-15T12:00:00Z", undefined],
  ["2026-02-15T12:00:01Z", "expires on 2026-03-01, in 13 days"],
  ["2026-02-28T12:00:00Z", "expires on 2026-03-01, in 1 day"],
  ["2026-03-01T12:00:00Z", "expires on 2026-03-01, in 0 days"],
  ["2026-03-01T12:00:01Z", "has expired on 2026-03-01: devices that check it no longer connect"],
])("on %s", (now, warning) => {
  expect(certificateWarning(certificate, Date.parse(now))).toBe(warning);
});
