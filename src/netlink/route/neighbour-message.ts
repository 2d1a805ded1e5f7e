// SPDX-License-Identifier: Apache-2.0
/** `struct ndmsg` and NDA_* of linux/neighbour.h, shared by FDB and neighbour entries. */

export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
export const RTM_GETNEIGH = 30;

/** ```| family u8 | pad 3 | ifindex i32 | state u16 | flags u8 | type u8 |``` */
export const neighbourHeaderLength = 12;

export const NDA_DST = 1;
export const NDA_LLADDR = 2;
export const NDA_CACHEINFO = 3;
export const NDA_PROBES = 4;
export const NDA_VLAN = 5;
export const NDA_PORT = 6;
export const NDA_VNI = 7;
export const NDA_IFINDEX = 8;
export const NDA_MASTER = 9;
export const NDA_SRC_VNI = 11;
export const NDA_PROTOCOL = 12;
export const NDA_NH_ID = 13;
export const NDA_FLAGS_EXT = 15;
