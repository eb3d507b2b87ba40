import { denyReasons } from "@connack/credentials";
import { describe, expect, it } from "vitest";
import { AuditUnavailable } from "../../audit/audit-log.ts";
import { OperationError } from "../../operations/operation.ts";
import { problemBody, problemOf } from "./problem.ts";

describe("what an operation cannot do", () => {
  it.each([
    ["bad_input", 400],
    ["bad_device_id", 400],
    ["not_allowed", 403],
    ["device_not_found", 404],
    ["key_not_found", 404],
    ["no_such_operation", 404],
    ["device_exists", 409],
    ["wrong_status", 409],
    ["last_key", 409],
    ["no_embedded_broker", 409],
    ["key_refused", 422],
    ["profile_not_allowed", 422],
    ["store_unavailable", 503],
    ["audit_unavailable", 503],
    ["internal_error", 500],
    ["constructor", 409],
  ])("%s is %i", (code, status) => {
    expect(problemOf(new OperationError(code, "why", "what to do"))).toEqual({
      status,
      code,
      detail: "why",
      fix: "what to do",
    });
  });

  it("has the fix of the reason where it is one, and one of its kind else: no 4xx is without", () => {
    expect(problemOf(new OperationError("store_unavailable", "why"))?.fix).toBe(denyReasons.store_unavailable.fix);
    for (const code of ["bad_input", "not_allowed", "key_not_found", "wrong_status", "key_refused"])
      expect(problemOf(new OperationError(code, "why"))?.fix, code).toBeTypeOf("string");
    expect(problemOf(new OperationError("audit_unavailable", "why"))).not.toHaveProperty("fix");
  });
});

it("an audit that cannot be read is no defect, anything else is", () => {
  expect(problemOf(new AuditUnavailable("it is full"))).toMatchObject({ status: 503, code: "audit_unavailable" });
  expect(problemOf(new TypeError("x"))).toBeUndefined();
});

it("reads as RFC 9457 has it", () => {
  expect(JSON.parse(problemBody({ status: 404, code: "c", detail: "d", fix: "f" }))).toEqual({
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail: "d",
    code: "c",
    fix: "f",
  });
  expect(problemBody({ status: 404, code: "c", detail: "d" })).not.toContain("fix");
});
