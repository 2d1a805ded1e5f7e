// SPDX-License-Identifier: Apache-2.0
/**
 * Messages as two other speakers sent them over an iBGP session of AS 65000, taken down by a listener that answered with
 * OPEN and KEEPALIVE. `shows` was read against what the speakers were told to announce.
 */
export interface CapturedMessage {
  /** Speaker, version, configuration. */
  readonly from: string;
  readonly what: string;
  readonly type: number;
  /** Behind the header of 19 octets, in hex. */
  readonly body: string;
  /** One line per attribute, with its flags. */
  readonly shows: readonly string[];
}

const frr = "FRR 8.4.4 (Debian 12): bgpd with advertise-all-vni, advertise-default-gw and graceful restart; zebra with vx100 and br100";
const gobgp = "GoBGP 3.10 (Debian 12): gobgp global rib add -a evpn|vpnv4 …";

export const capturedMessages: readonly CapturedMessage[] = [
  {
    from: frr,
    what: "OPEN",
    type: 1,
    body: "04fde800b40a09000179020601040001000102060104000200010206010400190046020280000202020002024600020641040000fde802020600020e450c000101010002010100194601020c490a086672722d6c656166000210400ec0780001010000020100001946000217471500010180000e1000020180000e1000194680000e10",
    shows: [
      "AS 65000, hold time 180, ipv4-unicast ipv6-unicast l2vpn-evpn capability 128 route-refresh enhanced-route-refresh four-octet-as extended-message add-path fqdn graceful-restart long-lived-graceful-restart",
    ],
  },
  {
    from: frr,
    what: "IPv6 unicast, IPv4-mapped next hop",
    type: 2,
    body: "00000036900e001c0002011000000000000000000000ffff0a090001003020010db8009940010100500200008004040000000040050400000064",
    shows: [
      "MP_REACH_NLRI 0x90: ipv6-unicast via ::ffff:10.9.0.1: 2001:db8:99::/48",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "MULTI_EXIT_DISC 0x80: 0",
      "LOCAL_PREF 0x40: 100",
    ],
  },
  {
    from: frr,
    what: "type 2 of the gateway: MAC and IPv4",
    type: 2,
    body: "0000005e900e0030001946040a09000100022500010a090001000200000000000000000000000000003002aa0000000120c0a80101000064400101005002000040050400000064c01018030c0000000000080002fde800000064030d000000000000",
    shows: [
      "MP_REACH_NLRI 0x90: l2vpn-evpn via 10.9.0.1: [2]:[0]:[48]:[02:aa:00:00:00:01]:[32]:[192.168.1.1]",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "LOCAL_PREF 0x40: 100",
      "EXTENDED COMMUNITIES 0xc0: ET:vxlan RT:65000:100 Default Gateway",
    ],
  },
  {
    from: frr,
    what: "type 2 of the gateway: two IPv6 addresses in one UPDATE",
    type: 2,
    body: "000000a5900e006f001946040a09000100023100010a090001000200000000000000000000000000003002aa000000018020010db8000100000000000000000001000064023100010a090001000200000000000000000000000000003002aa0000000180fe8000000000000000aa00fffe000001000064400101005002000040050400000064c01020030c0000000000080002fde800000064030d0000000000000608010000000000",
    shows: [
      "MP_REACH_NLRI 0x90: l2vpn-evpn via 10.9.0.1: [2]:[0]:[48]:[02:aa:00:00:00:01]:[128]:[2001:db8:1::1] [2]:[0]:[48]:[02:aa:00:00:00:01]:[128]:[fe80::aa:ff:fe00:1]",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "LOCAL_PREF 0x40: 100",
      "EXTENDED COMMUNITIES 0xc0: ET:vxlan RT:65000:100 Default Gateway ND:router",
    ],
  },
  {
    from: frr,
    what: "type 2, MAC only",
    type: 2,
    body: "00000052900e002c001946040a09000100022100010a0900010002000000000000000000000000000030f6c0c75f44f100000064400101005002000040050400000064c01010030c0000000000080002fde800000064",
    shows: [
      "MP_REACH_NLRI 0x90: l2vpn-evpn via 10.9.0.1: [2]:[0]:[48]:[f6:c0:c7:5f:44:f1]",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "LOCAL_PREF 0x40: 100",
      "EXTENDED COMMUNITIES 0xc0: ET:vxlan RT:65000:100",
    ],
  },
  {
    from: frr,
    what: "type 3",
    type: 2,
    body: "0000004e900e001c001946040a09000100031100010a090001000200000000200a090001400101005002000040050400000064c01010030c0000000000080002fde800000064c0160900060000640a090001",
    shows: [
      "MP_REACH_NLRI 0x90: l2vpn-evpn via 10.9.0.1: [3]:[0]:[32]:[10.9.0.1]",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "LOCAL_PREF 0x40: 100",
      "EXTENDED COMMUNITIES 0xc0: ET:vxlan RT:65000:100",
      "PMSI_TUNNEL 0xc0: ingress-replication label 100 to 10.9.0.1",
    ],
  },
  {
    from: frr,
    what: "one MAC with and without addresses",
    type: 2,
    body: "000000ac900e0086001946040a09000100022100010a090001000200000000000000000000000000003002000000010200000064023100010a09000100020000000000000000000000000000300200000001028020010db8000100000000000000000002000064022500010a090001000200000000000000000000000000003002000000010220c0a80102000064400101005002000040050400000064c01010030c0000000000080002fde800000064",
    shows: [
      "MP_REACH_NLRI 0x90: l2vpn-evpn via 10.9.0.1: [2]:[0]:[48]:[02:00:00:00:01:02] [2]:[0]:[48]:[02:00:00:00:01:02]:[128]:[2001:db8:1::2] [2]:[0]:[48]:[02:00:00:00:01:02]:[32]:[192.168.1.2]",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "LOCAL_PREF 0x40: 100",
      "EXTENDED COMMUNITIES 0xc0: ET:vxlan RT:65000:100",
    ],
  },
  {
    from: frr,
    what: "type 2, sticky: bridge fdb add … sticky static",
    type: 2,
    body: "0000005a900e002c001946040a09000100022100010a090001000200000000000000000000000000003002000000010300000064400101005002000040050400000064c01018030c0000000000080002fde8000000640600010000000000",
    shows: [
      "MP_REACH_NLRI 0x90: l2vpn-evpn via 10.9.0.1: [2]:[0]:[48]:[02:00:00:00:01:03]",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "LOCAL_PREF 0x40: 100",
      "EXTENDED COMMUNITIES 0xc0: ET:vxlan RT:65000:100 MM:0, sticky MAC",
    ],
  },
  {
    from: frr,
    what: "IPv4 unicast with communities of all sizes",
    type: 2,
    body: "0000004c400101005002000a02020000fde9fa56ea004003040a0900018004040000000040050400000064c00808fde80001ffffff01c0200c0000fde80000000100000002c010080003fde800000007180a6300190a630100",
    shows: [
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50: 65001 4200000000",
      "NEXT_HOP 0x40: 10.9.0.1",
      "MULTI_EXIT_DISC 0x80: 0",
      "LOCAL_PREF 0x40: 100",
      "COMMUNITIES 0xc0: 65000:1 no-export",
      "LARGE_COMMUNITY 0xc0: 65000:1:2",
      "EXTENDED COMMUNITIES 0xc0: SoO:65000:7",
      "NLRI: 10.99.0.0/24 10.99.1.0/25",
    ],
  },
  {
    from: frr,
    what: "withdrawal of the sticky MAC",
    type: 2,
    body: "0000002a900f0026001946022100010a090001000200000000000000000000000000003002000000010300000000",
    shows: ["MP_UNREACH_NLRI 0x90: l2vpn-evpn: [2]:[0]:[48]:[02:00:00:00:01:03]"],
  },
  {
    from: gobgp,
    what: "OPEN",
    type: 1,
    body: "04fde8005a0a0901054602440200490402766d0001040019004601040001000101040001008001040001008441040000fde8400200780518001900460002000100010002000100800002000100840002",
    shows: [
      "AS 65000, hold time 90, route-refresh fqdn l2vpn-evpn ipv4-unicast vpnv4 rt-constrain four-octet-as graceful-restart extended-next-hop",
    ],
  },
  {
    from: frr,
    what: "IPv6 unicast with a link-local next hop beside it",
    type: 2,
    body: "00000046900e002c00020120fe80000000000000883e25fffe3a8b80fe80000000000000883e25fffe3a8b80003020010db8009940010100500200008004040000000040050400000064",
    shows: [
      "MP_REACH_NLRI 0x90: ipv6-unicast via fe80::883e:25ff:fe3a:8b80: 2001:db8:99::/48",
      "ORIGIN 0x40: igp",
      "AS_PATH 0x50:",
      "MULTI_EXIT_DISC 0x80: 0",
      "LOCAL_PREF 0x40: 100",
    ],
  },
  {
    from: gobgp,
    what: "NOTIFICATION: gobgp neighbor … disable",
    type: 3,
    body: "0602",
    shows: ["Cease/Administrative Shutdown"],
  },
  {
    from: gobgp,
    what: "VPNv4",
    type: 2,
    body: "0000003c4001010240020040050400000064800e200001800c00000000000000000a00003200700000a10000fde80000003c0a3c00c010080002fde80000003c",
    shows: [
      "ORIGIN 0x40: incomplete",
      "AS_PATH 0x40:",
      "LOCAL_PREF 0x40: 100",
      "MP_REACH_NLRI 0x80: vpnv4 via 10.0.0.50: 65000:60:10.60.0.0/24",
      "EXTENDED COMMUNITIES 0xc0: RT:65000:60",
    ],
  },
  {
    from: gobgp,
    what: "type 3",
    type: 2,
    body: "0000004c4001010240020040050400000064800e1c001946040a09010500031100010a000032006400000000200a000032c010100002fde800000064030c000000000008c0160900060000640a000032",
    shows: [
      "ORIGIN 0x40: incomplete",
      "AS_PATH 0x40:",
      "LOCAL_PREF 0x40: 100",
      "MP_REACH_NLRI 0x80: l2vpn-evpn via 10.9.1.5: [3]:[0]:[32]:[10.0.0.50]",
      "EXTENDED COMMUNITIES 0xc0: RT:65000:100 ET:vxlan",
      "PMSI_TUNNEL 0xc0: ingress-replication label 100 to 10.0.0.50",
    ],
  },
  {
    from: gobgp,
    what: "type 5",
    type: 2,
    body: "000000594001010240020040050400000064800e2d001946040a00003200052200010a00003213890000000000000000000000000000180a32000000000000001389c010180002fde800001389030c000000000008060302aa00000050",
    shows: [
      "ORIGIN 0x40: incomplete",
      "AS_PATH 0x40:",
      "LOCAL_PREF 0x40: 100",
      "MP_REACH_NLRI 0x80: l2vpn-evpn via 10.0.0.50: [5]:[0]:[24]:[10.50.0.0]",
      "EXTENDED COMMUNITIES 0xc0: RT:65000:5001 ET:vxlan Rmac:02:aa:00:00:00:50",
    ],
  },
  {
    from: gobgp,
    what: "type 1",
    type: 2,
    body: "000000404001010240020040050400000064800e24001946040a09010500011900010a000032006401aabbccddeeff006400000000c800000ac010080002fde800000064",
    shows: [
      "ORIGIN 0x40: incomplete",
      "AS_PATH 0x40:",
      "LOCAL_PREF 0x40: 100",
      "MP_REACH_NLRI 0x80: l2vpn-evpn via 10.9.1.5: [1]:[200]:[01:aa:bb:cc:dd:ee:ff:00:64:00]",
      "EXTENDED COMMUNITIES 0xc0: RT:65000:100",
    ],
  },
  {
    from: gobgp,
    what: "type 4",
    type: 2,
    body: "000000464001010240020040050400000064800e22001946040a09010500041700010a000032006401aabbccddeeff006400200a000032c010100002fde8000000640602aabbccddeeff",
    shows: [
      "ORIGIN 0x40: incomplete",
      "AS_PATH 0x40:",
      "LOCAL_PREF 0x40: 100",
      "MP_REACH_NLRI 0x80: l2vpn-evpn via 10.9.1.5: [4]:[01:aa:bb:cc:dd:ee:ff:00:64:00]:[32]:[10.0.0.50]",
      "EXTENDED COMMUNITIES 0xc0: RT:65000:100 ES-Import-Rt:aa:bb:cc:dd:ee:ff",
    ],
  },
];
