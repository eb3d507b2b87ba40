import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { rightJwtBody } from "../management/explain-wrong-jwt.ts";
import { checkFile } from "./check-file.ts";

const secret = randomBytes(16).toString("hex");
const wrong = {
  mechanism: "jwt",
  backend: "built_in_database",
  jwt_secret: secret,
  jwt_from: "password",
  verify_claims: true,
};
const http = { mechanism: "password_based", backend: "http" };

it.each([
  ["a body for the API", JSON.stringify(wrong), 1, false],
  ["a list of bodies", JSON.stringify([http, wrong]), 2, false],
  ["a configuration as JSON", JSON.stringify({ authentication: [http, wrong] }), 2, true],
  [
    "emqx.conf",
    `node { name = x }\nauthentication = [\n { mechanism = password_based, backend = http }\n { mechanism = jwt, jwt_secret = "${secret}" } ]`,
    2,
    true,
  ],
  [
    "emqx.conf with numbers",
    `authentication.1 { mechanism = password_based, backend = http }\nauthentication.2 { mechanism = jwt, backend = built_in_database }`,
    2,
    true,
  ],
  ["emqx.conf with one", `authentication { jwt_secret = "${secret}" }`, 1, true],
])("finds a wrong authenticator in %s", (_, text, count, setsChain) => {
  const checked = checkFile(text);
  expect(checked).toMatchObject({ authenticators: count, setsChain });
  expect(checked.findings).toHaveLength(1);
  expect(checked.findings[0]?.place).toContain(`authenticator ${count}`);
  expect(JSON.stringify(checked)).not.toContain(secret);
});

it.each([
  ["what is right", JSON.stringify(rightJwtBody), 1],
  ["other authenticators", JSON.stringify([http]), 1],
  ["files without any", "node { name = x }", 0],
  ["an empty chain", "authentication = []", 0],
  ["something else", "[1, 2]", 0],
  ["a text", '"x"', 0],
])("finds nothing in %s", (_, text, count) => {
  expect(checkFile(text)).toMatchObject({ findings: [], authenticators: count });
});
