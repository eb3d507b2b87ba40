import { X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { ca, newClient } from "../testing/lab-certificates.ts";
import { oddCertificates } from "../testing/odd-certificates.ts";
import { certificateNames } from "./certificate-names.ts";

const namesOf = (pem: string) => certificateNames(new X509Certificate(pem));

it("are those of a device's certificate", () => {
  expect(namesOf(newClient(ca, "thermo-1").certificate)).toEqual({ commonName: "thermo-1", subject: "CN=thermo-1" });
});

// What esockd 5 makes of them, by its source: format_rdn_sequence, escape_rdn_value, peer_cert_common_name.
it.each([
  ["plain", "thermo~1 ü", `CN=thermo\\7E1 \\C3\\BC,OU=\\ #1 \\"x\\" \\\\ \\<a\\;b\\>\\ ,O=Acme\\, Inc. \\+ Sons,C=DE`],
  [
    "named",
    undefined,
    "L=l,ST=st,STREET=s,PSEUDONYM=p,TITLE=t,GENERATIONQUALIFIER=g,INITIALS=i,GIVENNAME=giv,SN=sur,UID=u1,DC=example,SERIALNUMBER=12,EMAILADDRESS=x@y.example",
  ],
  ["multi", "a", "CN=a,O=one+OU=two\\+three"],
  ["numbered", "numbered", "CN=numbered,2.5.4.97=oi,2.5.4.46=q,2.5.4.41=n,2.5.4.17=p,2.5.4.15=b,2.5.4.13=d"],
  ["oid", "oid", "CN=oid,2.3.4.5=oid"],
  ["nameless", undefined, "O=nobody"],
] as const)("of %s are written as EMQX writes them", (name, commonName, subject) => {
  const expected = commonName === undefined ? { subject } : { commonName, subject };
  expect(namesOf(oddCertificates[name])).toEqual(expected);
});

it("leave out what could be taken for another device", () => {
  // EMQX joins the names with a comma, which may stand in a name as well.
  expect(namesOf(oddCertificates.twins)).toEqual({ subject: "CN=two,CN=one" });
  // An attribute whose number is not known here.
  expect(namesOf(oddCertificates.odd)).toEqual({ commonName: "odd" });
});
