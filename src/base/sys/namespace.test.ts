// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { createNamespace, inNamespace } from "./namespace.ts";
import { readSysctl } from "./sysctl.ts";

test("a namespace that is not there is a typed error and the caller stays where it was", () => {
  assert.throws(() => inNamespace("/run/netns/there-is-no-such", () => 1), { code: "WEFT_SYSCALL", errnoName: "ENOENT" });
  assert.equal(
    inNamespace(undefined, () => 7),
    7,
  );
});

test("names that would leave the folder are refused", () => {
  for (const name of ["", ".", "..", "a/b", "x".repeat(256)]) {
    assert.throws(() => createNamespace(name), { code: "WEFT_SYSCALL", errnoName: "EINVAL" }, JSON.stringify(name));
  }
});

test("sysctls are named with dots; what is no name is refused", () => {
  assert.match(readSysctl(undefined, "kernel.ostype"), /Linux/);
  assert.throws(() => readSysctl(undefined, "kernel.there_is_no_such"), { code: "WEFT_SYSCALL", errnoName: "ENOENT" });
  for (const device of ["to-abc~01234567", "a+b", "veth{1}", "eth0/100", "ü"])
    assert.throws(() => readSysctl(undefined, `net.ipv4.conf.${device}.forwarding`), { errnoName: "ENOENT" }, device);
  for (const name of ["../etc/passwd", "net.//.etc.passwd", "net.ipv4.conf./.forwarding", "//", "a b", "a..b", ""])
    assert.throws(() => readSysctl(undefined, name), { code: "WEFT_SYSCALL", errnoName: "EINVAL" }, name);
});
