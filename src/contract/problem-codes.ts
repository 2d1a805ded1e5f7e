// SPDX-License-Identifier: Apache-2.0

/** What `weft status` may list as a problem; the codes are stable. Each clears itself when it is over. */
export const problemCodes = {
  WEFT_BGP_PEER_DOWN: "a peer that is configured by its address has no session",
  WEFT_BFD_DOWN: "a session is established, but BFD, which is to watch the way to its peer, is not up",
  WEFT_BGP_LISTEN: "an address to listen on is on no interface yet; no session can begin before it is",
  WEFT_VTEP_ADDRESS_MISSING: "the address of the VTEP is on no interface of the host",
  WEFT_VTEP_UNREACHABLE: "a remote VTEP is of another address family than our own",
  WEFT_MTU: "the underlay carries less than a network needs, or a network less than IPv6 needs",
  WEFT_NETWORK_REFUSED:
    "a network cannot be served: a VLAN-aware bridge, an `external` VXLAN device, a VNI twice, or adopted devices of a network in a domain",
  WEFT_ROUTER_MAC: "two hosts have one router MAC in a domain; only the one with the lower address is sent to",
  WEFT_VXLAN_LEARNING: "a VXLAN device of the administrator learns from packets, which fights with BGP",
  WEFT_NEIGHBOURS_FLOODED: "a network is to drop questions about unknown addresses, but its devices are the administrator's",
  WEFT_NAMESPACE_HIDDEN: "the namespaces of domains are seen by the agent alone and end with it",
  WEFT_KERNEL_FAILED: "the kernel refused an object; it is tried again",
  WEFT_KERNEL_CONFLICT: "something that is not ours stands where an object of ours is to be",
  WEFT_SYSCTL_MISSING: "this kernel lacks a sysctl that forwarding needs",
  WEFT_DHCP_DOWN: "DHCP, router advertisements and DNS of a domain are not served",
  WEFT_DISCOVERY: "ARP and neighbour discovery of workloads cannot be heard",
  WEFT_NAT: "a floating IP, a public subnet or the public side of this host cannot be used",
  WEFT_PORT_WAITING: "the interface of a declared port is not there yet",
  WEFT_DUPLICATE_MAC: "a MAC moved too often and is in quarantine",
  WEFT_DUPLICATE_IP: "an IP went from MAC to MAC too often and is in quarantine",
} as const;

export type ProblemCode = keyof typeof problemCodes;
