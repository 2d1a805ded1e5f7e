// SPDX-License-Identifier: Apache-2.0
import type { Discard } from "./discard.ts";

/** The states of RFC 5880 §4.1; the index is the code. */
export const sessionStates = ["admin-down", "down", "init", "up"] as const;
export type BfdState = (typeof sessionStates)[number];

/** A BFD Control packet, RFC 5880 §4.1. Intervals in microseconds. */
export interface ControlPacket {
  readonly diagnostic: number;
  readonly state: BfdState;
  readonly poll: boolean;
  readonly final: boolean;
  /** C: the sender's BFD goes on without its control plane. */
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  readonly detectMultiplier: number;
  /** Not 0. */
  readonly myDiscriminator: number;
  /** 0: not known yet. */
  readonly yourDiscriminator: number;
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
  readonly requiredMinEchoRx: number;
}

/** Octets without an authentication section, which we never send. */
export const controlPacketLength = 24;
const version = 1;
const [P, F, C, A, D, M] = [0x20, 0x10, 0x08, 0x04, 0x02, 0x01] as const;

/** What a packet is, or the rule of RFC 5880 §6.8.6 by which it is to be discarded: those that need no session, in their order. */
export type Decoded = { readonly packet: ControlPacket } | { readonly discard: Discard };

/** @param bytes a UDP payload */
export function decodeControlPacket(bytes: Uint8Array): Decoded {
  // Too short to hold even the length field: what §6.8.6 says of the length field holds all the more.
  if (bytes.length < 4) return { discard: "bad-length" };
  const [first, flags, multiplier, length] = bytes as unknown as readonly [number, number, number, number];
  if (first >> 5 !== version) return { discard: "bad-version" };
  const hasAuthentication = (flags & A) !== 0;
  if (length < (hasAuthentication ? controlPacketLength + 2 : controlPacketLength) || length > bytes.length)
    return { discard: "bad-length" };
  if (multiplier === 0) return { discard: "zero-multiplier" };
  if ((flags & M) !== 0) return { discard: "multipoint" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packet: ControlPacket = {
    diagnostic: first & 0x1f,
    state: sessionStates[flags >> 6]!,
    poll: (flags & P) !== 0,
    final: (flags & F) !== 0,
    controlPlaneIndependent: (flags & C) !== 0,
    demand: (flags & D) !== 0,
    detectMultiplier: multiplier,
    myDiscriminator: view.getUint32(4),
    yourDiscriminator: view.getUint32(8),
    desiredMinTx: view.getUint32(12),
    requiredMinRx: view.getUint32(16),
    requiredMinEchoRx: view.getUint32(20),
  };
  if (packet.myDiscriminator === 0) return { discard: "zero-my-discriminator" };
  if (packet.yourDiscriminator === 0 && packet.state !== "down" && packet.state !== "admin-down")
    return { discard: "zero-your-discriminator" };
  // We use no authentication, so a packet that has some is none of ours.
  if (hasAuthentication) return { discard: "authenticated" };
  return { packet };
}

/** The whole payload of a datagram. */
export function encodeControlPacket(p: ControlPacket): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(controlPacketLength);
  const view = new DataView(out.buffer);
  out[0] = (version << 5) | p.diagnostic;
  out[1] =
    (sessionStates.indexOf(p.state) << 6) | (p.poll ? P : 0) | (p.final ? F : 0) | (p.controlPlaneIndependent ? C : 0) | (p.demand ? D : 0);
  out[2] = p.detectMultiplier;
  out[3] = controlPacketLength;
  view.setUint32(4, p.myDiscriminator);
  view.setUint32(8, p.yourDiscriminator);
  view.setUint32(12, p.desiredMinTx);
  view.setUint32(16, p.requiredMinRx);
  view.setUint32(20, p.requiredMinEchoRx);
  return out;
}
