// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../errors.ts";
import { parseAgentConfig } from "./load.ts";

const head = "bgp: { asn: 65000, routerId: 10.0.0.1 }\nvtep: { address: 10.0.0.1 }\n";
const pub = "public: { interface: pub0 }\ndomains: [{ name: red, nat: {} }]\n";

function faults(yaml: string): readonly string[] {
  try {
    parseAgentConfig(head + yaml, "f.yaml");
    return [];
  } catch (e) {
    if (!(e instanceof ConfigError)) throw e;
    return e.problems.map((p) => `${p.path.join(".")}: ${p.wrong}`);
  }
}

test("the public interface has a name that the kernel takes and that is itself in a rule", () => {
  for (const name of ["eth0", "eth0.100", "br-lan", "a_b@c", "fifteen-letters"])
    assert.deepEqual(faults(`public: { interface: "${name}" }`), []);
  for (const name of ['a\\"b', "a/b", "a b", "eth*", "a\\\\b", "a:b", "it's", "sixteen-letters-", "..", "übel"])
    assert.match(faults(`public: { interface: "${name}" }`)[0] ?? "", /^public.interface: .* is not an interface name$/, name);
});

test("floating IPs: one address once, one end each, of one family and length", () => {
  const list = (...items: string[]): string => `${pub}floatingIps: [${items.join(", ")}]`;
  assert.deepEqual(
    faults(list("{ address: 203.0.113.1, port: nobody }", '{ address: "2001:db8::/64", ip: "fd00::/64", domain: red }')),
    [],
  );
  assert.deepEqual(faults(list("{ address: 203.0.113.1, port: a }", "{ address: 203.0.113.0/30, ip: 10.0.0.0/30, domain: red }")), [
    "floatingIps.1.address: floating IP 203.0.113.0/30 is already at floatingIps[0].address",
  ]);
  assert.deepEqual(faults(list("{ address: 203.0.113.1 }")), ["floatingIps.0: does not say where it leads, or says it twice"]);
  assert.deepEqual(faults(list('{ address: 203.0.113.1, ip: "fd00::1", domain: red }')), [
    "floatingIps.0.ip: fd00::1/128 and 203.0.113.1/32 are not of one family and length",
  ]);
  assert.deepEqual(faults(list("{ address: 203.0.113.1, ip: 10.0.0.1, domain: rad }")), ['floatingIps.0.domain: no domain is named "rad"']);
  assert.deepEqual(faults("floatingIps: [{ address: 203.0.113.1, port: a }]"), ["public: is missing, but there are floating IPs"]);
});

test("port ranges have no port in common", () => {
  const domains = (a: string, b: string): string => `domains: [{ name: a, nat: { ports: ${a} } }, { name: b, nat: ${b} }]\n`;
  const side = (ports: string): string => `public: { interface: pub0${ports} }\n`;
  const shared = ", ports: { last: 29999 }";
  assert.deepEqual(faults(side(shared) + domains("{ first: 30000, last: 39999 }", "{}")), []);
  assert.deepEqual(faults(side("") + domains("{ first: 30000, last: 39999 }", "{}")), [
    "domains.0.nat.ports: overlaps the ports that other domains share, 1024 to 65535",
  ]);
  assert.deepEqual(faults(side(shared) + domains("{ first: 30000, last: 39999 }", "{ ports: { first: 39999, last: 40000 } }")), [
    "domains.1.nat.ports: 39999 to 40000 overlaps domains[0].nat.ports, 30000 to 39999",
  ]);
  assert.deepEqual(faults(side(", ports: { first: 5, last: 4 }")), ["public.ports: 5 to 4 holds no port"]);
});
