import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type AnswerContext, explainAnswer } from "./explain-answer.ts";
import { findWrongJwt, rightJwtBody } from "./explain-wrong-jwt.ts";
import { scrubSecrets } from "./scrub-secrets.ts";
import { messageText } from "./validation-text.ts";

const secret = randomBytes(24).toString("base64url");
const context: AnswerContext = {
  endpoint: "PUT /x",
  url: "http://127.0.0.1:18083",
  secrets: [secret],
  as: { apiKey: "a87465f3a3ea1e05" },
};

function told(status: number, code: string, message: unknown, more: Partial<AnswerContext> = {}) {
  const body = code === "" ? "" : JSON.stringify({ code, message });
  const answer = { status, headers: { "content-type": "application/json" }, body };
  const error = explainAnswer(answer, { ...context, ...more });
  expect(`${error.message}${error.next}`).not.toContain(secret);
  expect(error.message.length).toBeLessThan(700);
  return error;
}

const inJson = (value: object) => JSON.stringify(value);

describe("what EMQX says is wrong with a body", () => {
  // Messages as EMQX 5.8.0 writes them.
  it.each<[string, unknown]>([
    [
      "PUT /x: EMQX refuses it (400 BAD_REQUEST: pool_size is not accepted: expected pos_integer()).",
      {
        value: secret,
        reason: { expected: "pos_integer()" },
        path: "root.pool_size",
        matched_type: "authn:http_post",
        kind: "validation_error",
      },
    ],
    [
      "PUT /x: EMQX refuses it (400 BAD_REQUEST: endpoint is missing).",
      { reason: "required_field", path: "root.endpoint", matched_type: "authn:jwt_jwks", kind: "validation_error" },
    ],
    [
      "PUT /x: EMQX refuses it (400 BAD_REQUEST: unknown field nosuch in authn:http_post; not given were connect_timeout,enable,...).",
      {
        unmatched: "connect_timeout,enable,...",
        unknown: "nosuch",
        reason: "unknown_fields",
        path: "root",
        matched_type: "authn:http_post",
        kind: "validation_error",
      },
    ],
    [
      "PUT /x: EMQX refuses it (400 BAD_REQUEST: method is not accepted: unknown_http_method, expected get | post).",
      {
        reason: "unknown_http_method",
        path: "root",
        kind: "validation_error",
        got: "undefined",
        field_name: "method",
        expected: "get | post",
      },
    ],
    [
      "PUT /x: EMQX refuses it (400 BAD_REQUEST: secret_base64_encoded is not accepted: expected boolean()).",
      {
        value: secret,
        reason: { expected: "boolean()" },
        path: "root.secret_base64_encoded",
        kind: "validation_error",
      },
    ],
    [
      "PUT /x: EMQX refuses it (400 BAD_REQUEST: as infinity: expired_at is not accepted: expected infinity; as epoch: expired_at is missing).",
      {
        reason: "matched_no_union_member",
        path: "",
        mismatches: {
          infinity: { value: secret, reason: { expected: "infinity" }, path: "expired_at" },
          epoch: [{ reason: "required_field", path: "root.expired_at" }],
        },
        kind: "validation_error",
      },
    ],
    [
      "PUT /x: EMQX refuses it (400 BAD_REQUEST: Missing scheme in URL).",
      { reason: "Missing scheme in URL", kind: "validation_error" },
    ],
    ["PUT /x: EMQX refuses it (400 BAD_REQUEST: validation_error).", { kind: "validation_error" }],
  ])("%s", (message, validation) => {
    expect(told(400, "BAD_REQUEST", inJson(validation as object)).message).toBe(message);
  });

  it("is told as it is where it is no JSON, without the stack behind it", () => {
    const stack = `[{emqx_auth_utils,parse_url,1,[{file,"x"},{line,242}]},{minirest_handler,handle,2,[${secret}]}]`;
    const message = `{exception,{throw,{invalid_url,{no_scheme,<<"/mqtt/auth">>}},${stack}}`;
    expect(told(400, "BAD_REQUEST", message).message).toBe(
      'PUT /x: EMQX refuses it (400 BAD_REQUEST: {exception,{throw,{invalid_url,{no_scheme,<<"/mqtt/auth">>}}).',
    );
  });

  it("is told where Erlang sent a list of characters", () => {
    expect(messageText([..."already"].map((each) => each.charCodeAt(0)))).toBe("already");
    expect(messageText([1, "a"])).toBe('[1,"a"]');
    expect(messageText(undefined)).toBe("");
  });
});

describe("a refusal", () => {
  it.each<[string, number, string, string, Partial<AnswerContext>, string, RegExp, RegExp]>([
    [
      "of the key",
      401,
      "BAD_API_KEY_OR_SECRET",
      "Check api_key/api_secret",
      {},
      "unauthorized",
      /key or secret is wrong/,
      /System → API Keys/,
    ],
    [
      "of a dashboard user as key",
      401,
      "BAD_API_KEY_OR_SECRET",
      "Check api_key/api_secret",
      { as: { apiKey: "admin" } },
      "unauthorized",
      /looks like the name of a dashboard user: since 5\.0\.15/,
      /brokers\.emqx\.username and password/,
    ],
    [
      "of a key where users are wanted",
      401,
      "API_KEY_NOT_ALLOW",
      "Please use bearer Token instead",
      {},
      "unauthorized",
      /does not let API keys/,
      /brokers\.emqx\.username/,
    ],
    [
      "of no credentials",
      401,
      "AUTHORIZATION_HEADER_ERROR",
      "Support authorization: basic/bearer ",
      {},
      "unauthorized",
      /saw no credentials/,
      /proxy/,
    ],
    [
      "of a login",
      401,
      "BAD_TOKEN",
      "Get a token by POST /login",
      { as: { username: "admin" } },
      "unauthorized",
      /does not take our login/,
      /user was removed/,
    ],
    ["of a role", 403, "UNAUTHORIZED_ROLE", "Forbidden", {}, "forbidden", /does not let us/, /administrator/],
    [
      "of what is not there",
      404,
      "NOT_FOUND",
      "Not found: http",
      {},
      "not_found",
      /no such object \(404 NOT_FOUND: Not found: http\)/,
      /undefined/,
    ],
    ["of a method", 405, "", "", {}, "rejected", /does not know this call/, /brokers\.emqx\.url/],
    [
      "of a second one",
      409,
      "ALREADY_EXISTS",
      "Authenticator 'password_based:http' already exist",
      {},
      "conflict",
      /'password_based:http' already exist\)/,
      /connack emqx plan/,
    ],
    [
      "of a second source",
      400,
      "BAD_REQUEST",
      "{duplicated_authz_source_type,http}",
      {},
      "conflict",
      /there already/,
      /connack emqx plan/,
    ],
    [
      "of a type",
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      "content-type:application/json Required",
      {},
      "rejected",
      /did not take the content type/,
      /report/,
    ],
    ["of credentials it cannot read", 400, "", "", {}, "unauthorized", /400 without a word/, /apiKey and apiSecret/],
    ["without a word", 500, "", "", {}, "server_error", /EMQX failed \(500, without a word\)/, /EMQX's log/],
    ["while it starts", 503, "", "", {}, "server_error", /is not available/, /has started/],
  ])("%s", (_, status, code, message, more, problem, sentence, next) => {
    const error = told(status, code, message, more);
    expect(error.problem).toBe(problem);
    expect(error.message).toMatch(sentence);
    expect(String(error.next)).toMatch(next);
  });
});

describe("no secret is passed on", () => {
  it("of our own, in clear and in JSON", () => {
    const odd = `a"b\\${secret}`;
    expect(scrubSecrets(`x ${odd} y ${JSON.stringify(odd)}`, [odd])).toBe('x ****** y "******"');
  });

  it.each([
    [`{parameters => #{headers => #{authorization => <<"Bearer ${secret}">>},max_retries => 2}}`, /max_retries/],
    [`{"secret":"${secret}","next":1}`, /next/],
    [`{\\"secret\\":\\"${secret}\\"}`, /unused/],
    [`password = "${secret}"`, /unused/],
    [`token: ${secret}`, /unused/],
    [`x-api-key => ${secret}, y`, /unused/],
    [`sent Bearer ${secret} here`, /unused/],
    [`sent Basic ${secret} here`, /unused/],
    [`eyJhbGciOiJIUzI1NiJ9.${secret}.${secret}`, /unused/],
  ])("of others: %s", (text) => {
    expect(scrubSecrets(text, [])).not.toContain(secret);
  });

  it("and what is none stays", () => {
    for (const text of [
      "Authenticator 'password_based:http' already exist",
      "Get a token by POST /login",
      "Check api_key/api_secret",
    ])
      expect(scrubSecrets(text, [])).toBe(text);
  });

  it("out of what EMQX 5.8.0 answers to deleting a connector in use", () => {
    const message = `{<<"Cannot delete connector while there are active channels defined for this connector">>,[{<<"action:http:labact:connector:http:lab">>,#{bridge_name => <<"labact">>,parameters => #{headers => #{authorization => <<"Bearer ${secret}">>}}}}]}`;
    const error = told(400, "BAD_REQUEST", message, { secrets: [] });
    expect(error.message).toMatch(/Cannot delete connector while there are active channels/);
  });

  it("out of a failure that repeats the request", () => {
    const message = `error, function_clause, [{emqx_authz_api_settings,settings,[put,#{headers => #{<<"authorization">> => <<"Bearer ${secret}">>}}]}]`;
    const error = told(500, "INTERNAL_ERROR", message, { secrets: [] });
    expect(error.message).toBe("PUT /x: EMQX failed (500 INTERNAL_ERROR: error, function_clause).");
  });
});

describe("the JWT authenticator of many guides", () => {
  const wrong = {
    mechanism: "jwt",
    backend: "built_in_database",
    jwt_secret: secret,
    jwt_from: "password",
    verify_claims: true,
    claims: { exp: true },
  };

  it("is known by what EMQX 5.8.0 says to it", () => {
    const field = (unknown: string) =>
      inJson({
        unmatched: "acl_claim_name,...",
        unknown,
        reason: "unknown_fields",
        path: "root",
        matched_type: "authn:jwt_hmac",
        kind: "validation_error",
      });
    for (const message of [
      inJson({ path: "root", kind: "validation_error", field_name: "use_jwks", expected: "true | false" }),
      ...["backend", "jwt_secret", "jwt_from", "backend,claims,jwt_from,jwt_secret"].map(field),
    ]) {
      expect(told(400, "BAD_REQUEST", message).next, message).toContain(JSON.stringify(rightJwtBody));
    }
    expect(told(400, "BAD_REQUEST", field("nosuch")).next).toBeUndefined();
    const other = inJson({ unknown: "backend", reason: "unknown_fields", path: "root", matched_type: "authz:file" });
    expect(told(400, "BAD_REQUEST", other).next).toBeUndefined();
  });

  it("is known by how it looks", () => {
    expect(findWrongJwt(wrong)).toEqual([
      "`backend`: a JWT authenticator has none; leave it out.",
      "`jwt_secret` is called `secret`.",
      "`jwt_from` is called `from`.",
      "`claims` is called `verify_claims`.",
      "`use_jwks` is missing: true or false, and EMQX wants it always.",
      "`algorithm` is missing: `hmac-based` or `public-key`.",
      "`verify_claims` is no switch: it holds the claims that have to be there, such as sub.",
    ]);
    expect(findWrongJwt({ ...rightJwtBody, algorithm: "HS256" })).toEqual([
      "`algorithm` is `hmac-based` or `public-key`, not the name of a signature such as HS256.",
    ]);
    expect(findWrongJwt({ ...rightJwtBody, from: "token", verify_claims: { iss: "me" } })).toHaveLength(2);
    expect(findWrongJwt({ mechanism: "jwt", use_jwks: true, verify_claims: rightJwtBody.verify_claims })).toEqual([
      "`endpoint` is missing: the URL of the keys.",
    ]);
  });

  it("is not seen in others", () => {
    expect(findWrongJwt(rightJwtBody)).toEqual([]);
    expect(findWrongJwt({ ...rightJwtBody, verify_claims: [{ name: "u", value: `\${username}` }] })).toEqual([]);
    expect(findWrongJwt({ mechanism: "password_based", backend: "built_in_database" })).toEqual([]);
  });
});
