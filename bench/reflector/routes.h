// SPDX-License-Identifier: Apache-2.0
/*
 * The routes of the reflector bench: MAC/IP routes (RFC 7432 §7.2) numbered per sender, as octets and as fingerprints. What a client
 * holds is compared fingerprint by fingerprint, so a reflector that sends something twice, changes it or loses it cannot look fast.
 */
#pragma once
#include <stdint.h>
#include <string.h>

typedef enum { PLAIN, WITH_IP, IRB } shape_t;

typedef struct {
  shape_t shape;
  uint32_t asn, base; /* address of client 0 */
  uint32_t routes;    /* per sender, beside the spare ones */
  uint32_t spare;     /* numbers above, announced one by one */
  uint32_t per_update, per_set, vnis;
  int shared_macs; /* all senders have the same MACs: they move between them */
} load_t;

/* What of the attributes differs between two announcements of a route. */
typedef struct { uint32_t sender, vni, tag, sequence; } set_t;

static inline uint32_t client_address(const load_t *l, uint32_t i) { return l->base + (i / 250) * 256 + i % 250; }
static inline void put16(uint8_t *p, unsigned v) { p[0] = v >> 8; p[1] = v; }
static inline void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16); put16(p + 2, v); }
static inline unsigned get16(const uint8_t *p) { return p[0] << 8 | p[1]; }
static inline uint32_t get32(const uint8_t *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }

static inline uint64_t mix64(uint64_t h, uint64_t v) { h = (h ^ v) * 0x9e3779b97f4a7c15ull; return h ^ h >> 29; }

static inline uint32_t hash_octets(const uint8_t *p, unsigned n) {
  uint64_t h = n, v;
  for (; n >= 8; p += 8, n -= 8) { memcpy(&v, p, 8); h = mix64(h, v); }
  v = 0;
  memcpy(&v, p, n);
  return mix64(h, v) >> 16;
}

/* Of a whole message: eight lanes, so that multiplications overlap. */
static inline uint64_t hash_message(const uint8_t *p, unsigned n) {
  uint64_t lanes[8] = {1, 2, 3, 4, 5, 6, 7, 8}, v, h = n;
  for (; n >= 64; p += 64, n -= 64) for (int i = 0; i < 8; i++) { memcpy(&v, p + 8 * i, 8); lanes[i] = (lanes[i] ^ v) * 0x9e3779b97f4a7c15ull; lanes[i] ^= lanes[i] >> 32; }
  for (int i = 0; i < 8; i++) h = mix64(h, lanes[i]);
  for (; n >= 8; p += 8, n -= 8) { memcpy(&v, p, 8); h = mix64(h, v); }
  v = 0;
  memcpy(&v, p, n);
  return mix64(h, v);
}

/* Never 0: that is a route that nobody announces. */
static inline uint32_t fingerprint(uint32_t attributes, const uint8_t *nlri) { return (attributes ^ hash_octets(nlri, 2 + nlri[1])) | 1; }

static inline set_t set_of(const load_t *l, uint32_t sender, uint32_t number, uint32_t sequence) {
  uint32_t span = (l->routes + l->vnis - 1) / l->vnis;
  uint32_t vni = 1000 + (number < l->routes ? number / span : 0);
  return (set_t){sender, vni, l->per_set ? number / l->per_set : 0, sequence};
}

/* Octets until the set changes: how many routes from `number` on may share an UPDATE. */
static inline uint32_t run_of(const load_t *l, uint32_t number) {
  uint32_t span = (l->routes + l->vnis - 1) / l->vnis, end = (number / span + 1) * span, n;
  if (end > l->routes) end = l->routes;
  n = end - number;
  if (n > l->per_update) n = l->per_update;
  if (l->per_set && n > l->per_set - number % l->per_set) n = l->per_set - number % l->per_set;
  return n;
}

/* RD type 1 (address of the sender : VNI), no ESI, tag 0, MAC, IP or none, VNI, for symmetric IRB a second label. */
static inline unsigned put_nlri(uint8_t *p, const load_t *l, uint32_t sender, uint32_t number, uint32_t vni) {
  uint8_t *q = p + 2;
  put16(q, 1); put32(q + 2, client_address(l, sender)); put16(q + 6, vni);
  memset(q + 8, 0, 14);
  q[22] = 48;
  q[23] = 2; put16(q + 24, l->shared_macs ? 0xffff : sender); q[26] = number >> 16; put16(q + 27, number);
  q[29] = l->shape == PLAIN ? 0 : 32;
  q += 30;
  if (l->shape != PLAIN) { put32(q, 0x0a000000u + number); q += 4; }
  q[0] = vni >> 16; put16(q + 1, vni);
  q += 3;
  if (l->shape == IRB) { q[0] = 0; put16(q + 1, 9000); q += 3; }
  p[0] = 2; p[1] = q - p - 2;
  return q - p;
}

/* ORIGIN, empty AS_PATH, LOCAL_PREF and extended communities in ascending order, as FRR keeps them. */
static inline unsigned put_attributes(uint8_t *p, const load_t *l, set_t s) {
  static const uint8_t first[] = {0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100};
  uint8_t *q = p + sizeof first, *length;
  memcpy(p, first, sizeof first);
  q[0] = 0xc0; q[1] = 16; length = q + 2;
  q += 3;
  q[0] = 0; q[1] = 2; put16(q + 2, l->asn); put32(q + 4, s.vni); q += 8;
  if (l->shape == IRB) { q[0] = 0; q[1] = 2; put16(q + 2, l->asn); put32(q + 4, 0x01000000u + s.tag); q += 8; }
  q[0] = 3; q[1] = 0x0c; memset(q + 2, 0, 5); q[7] = 8; q += 8;
  if (s.sequence) { q[0] = 6; q[1] = 0; put16(q + 2, 0); put32(q + 4, s.sequence); q += 8; }
  if (l->shape == IRB) { q[0] = 6; q[1] = 3; q[2] = 2; q[3] = 1; put32(q + 4, client_address(l, s.sender)); q += 8; }
  *length = q - length - 1;
  return q - p;
}

/* Of what must reach a client unchanged: next hop, LOCAL_PREF, communities in any order. */
static inline uint32_t hash_attributes(uint32_t next_hop, uint32_t local_pref, const uint8_t *communities, unsigned n) {
  uint32_t h = next_hop * 0x9e3779b1u ^ local_pref;
  for (unsigned i = 0; i + 8 <= n; i += 8) h += hash_octets(communities + i, 8);
  return h;
}

static inline uint32_t hash_set(const load_t *l, set_t s) {
  uint8_t a[128];
  unsigned n = put_attributes(a, l, s);
  return hash_attributes(client_address(l, s.sender), 100, a + 17, n - 17);
}

static inline unsigned begin_message(uint8_t *b, int type) { memset(b, 255, 16); b[18] = type; return 19; }
static inline unsigned end_message(uint8_t *b, uint8_t *end) { put16(b + 16, end - b); return end - b; }

/* One UPDATE with `count` routes of `s` from `number` on; withdrawn ones when `s` is null. */
static inline unsigned put_update(uint8_t *b, const load_t *l, uint32_t sender, uint32_t number, uint32_t count, const set_t *s) {
  uint8_t *p = b + begin_message(b, 2) + 2, *length = p, *mp;
  put16(b + 19, 0);
  p += 2;
  if (s) p += put_attributes(p, l, *s);
  p[0] = 0x90; p[1] = s ? 14 : 15; mp = p + 2;
  p += 4;
  put16(p, 25); p[2] = 70;
  p += 3;
  if (s) { p[0] = 4; put32(p + 1, client_address(l, sender)); p[5] = 0; p += 6; }
  for (uint32_t i = 0; i < count; i++) p += put_nlri(p, l, sender, number + i, set_of(l, sender, number + i, 0).vni);
  put16(mp, p - mp - 2);
  put16(length, p - length - 2);
  return end_message(b, p);
}

static inline unsigned put_end_of_rib(uint8_t *b) {
  static const uint8_t body[] = {0, 0, 0, 6, 0x80, 15, 3, 0, 25, 70};
  unsigned n = begin_message(b, 2);
  memcpy(b + n, body, sizeof body);
  return end_message(b, b + n + sizeof body);
}

/* L2VPN EVPN, route refresh, four-octet AS; no graceful restart, so that a client that goes takes its routes along. */
static inline unsigned put_open(uint8_t *b, const load_t *l, uint32_t address) {
  uint8_t *p = b + begin_message(b, 1);
  static const uint8_t capabilities[] = {1, 4, 0, 25, 0, 70, 2, 0, 65, 4};
  p[0] = 4; put16(p + 1, l->asn); put16(p + 3, 180); put32(p + 5, address);
  p[9] = sizeof capabilities + 6; p[10] = 2; p[11] = sizeof capabilities + 4;
  memcpy(p + 12, capabilities, sizeof capabilities);
  put32(p + 12 + sizeof capabilities, l->asn);
  return end_message(b, p + 16 + sizeof capabilities);
}
