// SPDX-License-Identifier: Apache-2.0

/** What it means that a kernel lacks a sysctl that is wanted. Those that are not here mean nothing: `bridge-nf-call-*` is absent until something calls. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [/^net\.ipv4\.(ip_forward$|conf\..*\.forwarding$)/, "IPv4 is not routed"],
  [/^net\.ipv6\.conf\..*forwarding$/, "IPv6 is not routed (is it off, ipv6.disable=1?)"],
  [/^net\.ipv6\.(conf\..*\.proxy_ndp|neigh\..*\.proxy_delay)$/, "nobody answers for floating IPs of IPv6"],
  [/^net\.ipv4\.neigh\..*\.proxy_delay$/, "the host answers for floating IPs with a delay"],
  [/^net\.ipv4\.conf\..*\.rp_filter$/, "packets that come back another way than they went may be dropped"],
  [/^net\.ipv4\.conf\..*\.accept_local$/, "errors of other routers of the domain are dropped: path MTU discovery fails between hosts"],
  [/^net\.ipv[46]\.fib_multipath_hash_policy$/, "flows of one workload all take one of several equal ways"],
  [/^net\.ipv6\.conf\..*\.accept_untracked_na$/, "an IPv6 address that a workload takes is known when it first speaks from it"],
];

/** Undefined: nothing that an operator would notice. */
export function meaningOfMissing(sysctl: string): string | undefined {
  return meanings.find(([pattern]) => pattern.test(sysctl))?.[1];
}
