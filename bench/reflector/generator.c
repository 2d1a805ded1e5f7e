// SPDX-License-Identifier: Apache-2.0
/*
 * A crowd of BGP clients in one process, for measuring a route reflector. Takes commands on stdin and answers each with a line of JSON;
 * bench/reflector/generator.ts says which. C, because it shares two cores with what it measures: every route that comes is looked up
 * and compared (routes.h), and that must cost a small part of what the reflector spends on it.
 */
#define _GNU_SOURCE
#include "routes.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 65536, READ = 262144 };

typedef struct {
  int fd, up, stalled;
  unsigned partial_length;
  uint8_t *out, *partial;
  size_t out_length, out_at;
  uint32_t *held;   /* fingerprint by route, 0 none */
  uint32_t missing; /* routes that it holds otherwise than `want` says */
  double up_at, full_at;
  int ends_of_rib;
} client_t;

static load_t load = {.asn = 65000, .routes = 10000, .spare = 2000, .per_update = 100, .vnis = 10};
static uint32_t reflector, senders = 2, clients = 4, stride;
static client_t *all;
static uint32_t *want, *sequence; /* by route */
static int epoll_fd, command_waits, incomplete;
static uint64_t announced, withdrawn, octets, repeated, echoed, unasked, strange, lost;
static uint8_t input[HEAD + READ];
static double *sent_at, last_keepalive;
static uint32_t latency_of[1000001];
static int timing;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static double cpu(void) { struct rusage r; getrusage(RUSAGE_SELF, &r); return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6; }
static void die(const char *what) { perror(what); exit(1); }
static void *pages(size_t n) {
  void *p = mmap(0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (p == MAP_FAILED) die("mmap");
  return p;
}
static int counts(const client_t *c) { return c->fd >= 0 && !c->stalled; }

static void adjust(client_t *c, int by) {
  if (counts(c)) incomplete += (c->missing + by != 0) - (c->missing != 0);
  c->missing += by;
  if (c->missing == 0) c->full_at = now();
}

static void recount(void) {
  incomplete = 0;
  for (uint32_t i = 0; i < clients; i++) if (counts(&all[i]) && (all[i].missing || !all[i].up)) incomplete++;
}

static void set_want(uint32_t route, uint32_t value) {
  for (uint32_t i = 0; i < clients; i++) {
    client_t *c = &all[i];
    if (c->fd < 0 || i == route / stride) continue;
    int was = c->held[route] != want[route], is = c->held[route] != value;
    if (was != is) adjust(c, is - was);
  }
  want[route] = value;
}

static void drop(client_t *c) {
  close(c->fd);
  c->fd = -1;
  c->up = c->stalled = c->missing = c->partial_length = 0;
  c->out_length = c->out_at = 0;
  memset(c->held, 0, 4ul * senders * stride);
}

static void watch(client_t *c) {
  struct epoll_event e = {.events = (c->stalled ? 0 : EPOLLIN) | (c->out_at < c->out_length ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
}

static void transmit(client_t *c) {
  while (c->out_at < c->out_length) {
    ssize_t n = send(c->fd, c->out + c->out_at, c->out_length - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN) { lost++; return; }
    if (n < 0) break;
    c->out_at += n;
  }
  watch(c);
}

/* Room for `n` octets behind what waits to be sent. */
static uint8_t *queue(client_t *c, size_t n) {
  if (c->out_at == c->out_length) c->out_at = c->out_length = 0;
  c->out = realloc(c->out, c->out_length + n);
  if (!c->out) die("realloc");
  return c->out + c->out_length;
}

/* Routes of one sender with consecutive numbers, and their fingerprints; 0 withdrawn. */
typedef struct { uint32_t sender, number, count; } run_t;

/*
 * What an UPDATE says, read once: most clients are sent the same octets, and to read them a thousand times would cost more than sending them.
 * Found by a hash of all its octets. Then `runs` run_t and `routes` fingerprints.
 */
typedef struct reading {
  uint64_t hash;
  struct reading *next;
  uint32_t runs, routes, strange, ends;
} reading_t;

enum { READINGS = 1 << 16, ARENA = 64 << 20, WORTH_KEEPING = 512 };
static reading_t *readings[READINGS];
static uint8_t *arena;
static uint64_t scratch[128];
static size_t arena_used;

static run_t *runs_of(reading_t *r) { return (run_t *)(r + 1); }

/* Room for as many routes as the message can have. */
static uint32_t *values_of(reading_t *r, unsigned message) { return (uint32_t *)(runs_of(r) + message / 33); }

static void read_routes(reading_t *r, uint32_t *values, const uint8_t *p, const uint8_t *end, uint32_t attributes) {
  run_t *run = r->runs ? runs_of(r) + r->runs - 1 : 0;
  for (; p + 2 <= end; p += 2 + p[1]) {
    uint32_t d = get32(p + 4) - load.base, sender = (d >> 8) * 250 + (d & 255), number = get32(p + 27) & 0xffffff;
    if (p[0] != 2 || p[1] < 33 || sender >= senders || number >= stride) { r->strange++; continue; }
    if (!run || run->sender != sender || run->number + run->count != number) {
      run = runs_of(r) + r->runs++;
      *run = (run_t){sender, number, 0};
    }
    run->count++;
    values[r->routes++] = attributes ? fingerprint(attributes, p) : 0;
  }
}

static void read_update(reading_t *r, uint32_t *values, const uint8_t *b) {
  const uint8_t *p = b + 21 + get16(b + 19), *end = p + 2 + get16(p), *reach = 0, *reach_end = 0, *communities = 0;
  uint32_t next_hop = 0, local_pref = 0, n = 0;
  for (p += 2; p + 3 <= end;) {
    unsigned extended = p[0] >> 4 & 1, type = p[1], length = extended ? get16(p + 2) : p[2];
    const uint8_t *v = p + 3 + extended;
    if (type == 5) local_pref = get32(v);
    else if (type == 16) { communities = v; n = length; }
    else if (type == 14 && v[1] == 25) { next_hop = get32(v + 4); reach = v + 5 + v[3]; reach_end = v + length; }
    else if (type == 15 && v[1] == 25) { if (length == 3) r->ends++; else read_routes(r, values, v + 3, v + length, 0); }
    p = v + length;
  }
  if (reach) read_routes(r, values, reach, reach_end, hash_attributes(next_hop, local_pref, communities, n) | 1u << 31);
}

/* To client `c`; the compiler makes vectors of the loop. */
static void take_run(client_t *c, const run_t *run, const uint32_t *values) {
  uint32_t route = run->sender * stride + run->number, same = 0, none = 0, was = 0, is = 0, gone = 0;
  uint32_t *held = c->held + route;
  const uint32_t *wanted = want + route;
  if (run->sender == (uint32_t)(c - all)) { echoed += run->count; return; }
  if (timing) {
    double at = now();
    for (uint32_t i = 0; i < run->count; i++) {
      if (!values[i] || values[i] != wanted[i] || held[i] == values[i]) continue;
      uint32_t us = (at - sent_at[run->number + i]) * 1e6;
      latency_of[us < 1000000 ? us : 1000000]++;
    }
  }
  for (uint32_t i = 0; i < run->count; i++) {
    uint32_t before = held[i], value = values[i], right = wanted[i];
    same += value == before;
    none += (value | before) == 0;
    was += before != right;
    is += value != right;
    gone += value == 0;
    held[i] = value;
  }
  withdrawn += gone;
  announced += run->count - gone;
  unasked += none;
  repeated += same - none;
  if (was != is) adjust(c, is - was);
}

static void take_reading(client_t *c, reading_t *r, const uint32_t *values) {
  strange += r->strange;
  c->ends_of_rib += r->ends;
  for (uint32_t i = 0; i < r->runs; values += runs_of(r)[i++].count) take_run(c, runs_of(r) + i, values);
}

static void take_update(client_t *c, const uint8_t *b) {
  unsigned length = get16(b + 16);
  reading_t *r = (reading_t *)scratch;
  if (length < WORTH_KEEPING) {
    *r = (reading_t){0};
    read_update(r, values_of(r, length), b);
    take_reading(c, r, values_of(r, length));
    return;
  }
  uint64_t hash = hash_message(b, length);
  for (r = readings[hash % READINGS]; r && r->hash != hash;) r = r->next;
  if (!r) {
    size_t most = (sizeof *r + length / 33 * (sizeof(run_t) + 4) + 7) & ~7ul;
    if (!arena) arena = pages(ARENA);
    if (arena_used + most > ARENA) { arena_used = 0; memset(readings, 0, sizeof readings); }
    r = (reading_t *)(arena + arena_used);
    arena_used += most;
    *r = (reading_t){.hash = hash, .next = readings[hash % READINGS]};
    readings[hash % READINGS] = r;
    read_update(r, values_of(r, length), b);
  }
  take_reading(c, r, values_of(r, length));
}

static void take_message(client_t *c, const uint8_t *b) {
  uint8_t *m;
  if (b[18] == 2) take_update(c, b);
  else if (b[18] == 1) { m = queue(c, 19); begin_message(m, 4); end_message(m, m + 19); c->out_length += 19; transmit(c); }
  else if (b[18] == 4 && !c->up) { c->up = 1; c->up_at = now(); recount(); }
  else if (b[18] == 3) { fprintf(stderr, "client %ld: NOTIFICATION %d/%d\n", c - all, b[19], b[20]); lost++; }
}

static void receive(client_t *c) {
  uint8_t *p = input + HEAD - c->partial_length, *end;
  ssize_t n = recv(c->fd, input + HEAD, READ, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) { fprintf(stderr, "client %ld: closed by the reflector\n", c - all); lost++; drop(c); recount(); return; }
  octets += n;
  memcpy(p, c->partial, c->partial_length);
  for (end = input + HEAD + n; c->fd >= 0 && end - p >= 19 && end - p >= get16(p + 16); p += get16(p + 16)) take_message(c, p);
  c->partial_length = end - p;
  if (!c->partial) c->partial = malloc(HEAD);
  memcpy(c->partial, p, c->partial_length);
}

static void pump(int ms) {
  struct epoll_event e[256];
  int n = epoll_wait(epoll_fd, e, 256, ms);
  for (int i = 0; i < n; i++) {
    client_t *c = e[i].data.ptr;
    if (!c) { command_waits = 1; continue; }
    if (e[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
    if (e[i].events & EPOLLOUT && c->fd >= 0) transmit(c);
  }
  if (now() - last_keepalive < 20) return;
  last_keepalive = now();
  for (uint32_t i = 0; i < clients; i++) {
    client_t *c = &all[i];
    if (!c->up || c->out_at < c->out_length) continue;
    uint8_t *m = queue(c, 19);
    begin_message(m, 4);
    end_message(m, m + 19);
    c->out_length += 19;
    transmit(c);
  }
}

static double began, cpu_before;
static uint64_t octets_before, announced_before, withdrawn_before;
static void begin(void) {
  began = now();
  cpu_before = cpu();
  octets_before = octets; announced_before = announced; withdrawn_before = withdrawn;
}

/* The answer to a command that was timed: how long, what came, and what of one core it took here. */
static void answer(double until, const char *more, ...) {
  va_list list;
  double s = until - began;
  va_start(list, more);
  printf("{\"seconds\":%.6f,\"announced\":%lu,\"withdrawn\":%lu,\"octets\":%lu,\"cpu\":%.3f,\"repeated\":%lu,\"echoed\":%lu,\"unasked\":%lu,\"strange\":%lu,\"lost\":%lu", s,
         announced - announced_before, withdrawn - withdrawn_before, octets - octets_before, cpu() - cpu_before, repeated, echoed, unasked, strange, lost);
  vprintf(more, list);
  puts("}");
  fflush(stdout);
  va_end(list);
}

/* @returns when the last client held everything, or a negative number after the limit */
static double wait_complete(double limit) {
  while (incomplete > 0 && !lost) { pump(50); if (now() - began > limit) return -1; }
  return now();
}

static void dial(uint32_t i) {
  client_t *c = &all[i];
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(client_address(&load, i))};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(179), .sin_addr.s_addr = htonl(reflector)};
  int one = 1, room = 4 << 20;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, 4);
  setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, 4);
  if (bind(c->fd, (void *)&from, sizeof from) || connect(c->fd, (void *)&to, sizeof to)) die("connect");
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e);
  c->out_length += put_open(queue(c, 64), &load, client_address(&load, i));
  for (uint32_t r = 0; r < senders * stride; r++) if (want[r] && r / stride != i) c->missing++;
  c->ends_of_rib = 0;
}

static void connect_clients(uint32_t from, uint32_t to) {
  double up = 0, full = 0;
  for (uint32_t i = from; i < to; i++) if (!all[i].held) all[i].held = pages(4ul * senders * stride);
  begin();
  for (uint32_t i = from; i < to; i++) { dial(i); transmit(&all[i]); }
  recount();
  wait_complete(120);
  for (uint32_t i = from; i < to; i++) { if (all[i].up_at > up) up = all[i].up_at; if (all[i].full_at > full) full = all[i].full_at; }
  answer(now(), ",\"up\":%.6f,\"full\":%.6f", up - began, full > up ? full - up : 0);
}

static int announces(uint32_t sender, uint32_t number) { return !load.shared_macs || number / 100 % senders == sender; }

/* Everything of everybody, or of one; with the given sequence number, or withdrawn when it is negative. */
static void send_all(uint32_t first, uint32_t last, int seq) {
  for (uint32_t s = first; s < last; s++) {
    client_t *c = &all[s];
    queue(c, (size_t)(load.routes / (load.per_set ? load.per_set : load.per_update) + load.vnis + load.spare + 2) * 4200);
    for (uint32_t n = 0, k; n < load.routes; n += k) {
      k = run_of(&load, n);
      if (!announces(s, n)) continue;
      set_t set = set_of(&load, s, n, seq < 0 ? 0 : seq);
      uint32_t attributes = hash_set(&load, set) | 1u << 31;
      uint8_t nlri[64];
      for (uint32_t i = n; i < n + k; i++) {
        uint32_t route = s * stride + i, value = 0;
        if (seq >= 0) { put_nlri(nlri, &load, s, i, set.vni); value = fingerprint(attributes, nlri); }
        want[route] = value;
      }
      c->out_length += put_update(c->out + c->out_length, &load, s, n, k, seq < 0 ? 0 : &set);
    }
    for (uint32_t n = load.routes; seq < 0 && n < stride; n++) {
      if (want[s * stride + n]) c->out_length += put_update(c->out + c->out_length, &load, s, n, 1, 0);
      want[s * stride + n] = 0;
    }
    if (seq >= 0) c->out_length += put_end_of_rib(c->out + c->out_length);
  }
  for (uint32_t i = 0; i < clients; i++) {
    if (all[i].fd < 0) continue;
    all[i].missing = 0;
    for (uint32_t r = 0; r < senders * stride; r++) all[i].missing += r / stride != i && all[i].held[r] != want[r];
  }
  recount();
  begin();
  for (uint32_t s = first; s < last; s++) transmit(&all[s]);
  double sent = 0, done = -1;
  while (done < 0 && !lost) {
    pump(50);
    int waits = 0;
    for (uint32_t s = first; s < last; s++) waits |= all[s].out_at < all[s].out_length;
    if (!waits && !sent) sent = now();
    if (incomplete == 0 && !waits) done = now();
    if (now() - began > 300) break;
  }
  answer(done, ",\"sent\":%.6f", sent - began);
}

static uint32_t announce_one(uint32_t s, uint32_t number, uint32_t seq) {
  uint8_t nlri[64];
  set_t set = set_of(&load, s, number, seq);
  put_nlri(nlri, &load, s, number, set.vni);
  set_want(s * stride + number, fingerprint(hash_set(&load, set) | 1u << 31, nlri));
  all[s].out_length += put_update(queue(&all[s], 512), &load, s, number, 1, &set);
  return s * stride + number;
}

static void quantiles(double until, uint64_t count, const char *extra, double value) {
  uint64_t seen = 0;
  double at[3] = {0};
  for (uint32_t us = 0; us <= 1000000; us++) {
    if (!latency_of[us]) continue;
    if (seen < count * .5) at[0] = us;
    if (seen < count * .99) at[1] = us;
    at[2] = us;
    seen += latency_of[us];
  }
  answer(until, ",\"samples\":%lu,\"p50\":%.0f,\"p99\":%.0f,\"worst\":%.0f,\"%s\":%.3f", seen, at[0], at[1], at[2], extra, value);
}

/* New routes, each when all clients have the one before; the time of each is that of the last client. */
static void one_by_one(uint32_t count) {
  static uint32_t used;
  memset(latency_of, 0, sizeof latency_of);
  begin();
  double start = began;
  for (uint32_t i = 0; i < count && used < load.spare && !lost; i++, used++) {
    announce_one(0, load.routes + used, 0);
    began = now();
    transmit(&all[0]);
    if (wait_complete(60) < 0) break;
    uint32_t us = (now() - began) * 1e6;
    latency_of[us < 1000000 ? us : 1000000]++;
  }
  began = start;
  quantiles(now(), count, "used", used);
}

/* MACs move: the new host announces with the next sequence number (RFC 7432 §15), the old one withdraws. Timed at each client. */
static void churn(uint32_t rate, double seconds) {
  uint64_t moves = 0;
  memset(latency_of, 0, sizeof latency_of);
  sent_at = calloc(stride, sizeof *sent_at);
  uint32_t *owner = calloc(load.routes, 4), x = 1;
  for (uint32_t n = 0; n < load.routes; n++) owner[n] = n / 100 % senders;
  begin();
  timing = 1;
  while (now() - began < seconds && !lost) {
    for (double due = (now() - began) * rate; moves < due; moves++) {
      x = x * 1664525 + 1013904223;
      uint32_t n = (x >> 8) % load.routes, from = owner[n], to = owner[n] = (from + 1 + (x >> 4) % (senders - 1)) % senders;
      sent_at[n] = now();
      announce_one(to, n, ++sequence[n]);
      set_want(from * stride + n, 0);
      all[from].out_length += put_update(queue(&all[from], 512), &load, from, n, 1, 0);
    }
    for (uint32_t s = 0; s < senders; s++) if (all[s].out_at < all[s].out_length) transmit(&all[s]);
    pump(1);
  }
  double end = now(), settled = wait_complete(seconds + 60);
  timing = 0;
  uint64_t samples = 0;
  for (uint32_t us = 0; us <= 1000000; us++) samples += latency_of[us];
  quantiles(settled, samples, "behind", settled - end);
}

static void leave(uint32_t i) {
  for (uint32_t n = 0; n < stride; n++) if (i < senders && want[i * stride + n]) set_want(i * stride + n, 0);
  begin();
  drop(&all[i]);
  recount();
  answer(wait_complete(60), "");
}

static void stall(uint32_t i, int on) {
  begin();
  all[i].stalled = on;
  watch(&all[i]);
  recount();
  answer(wait_complete(120), "");
}

static void run(char *line) {
  unsigned a = 0, b = 0;
  char verb[16];
  if (sscanf(line, "%15s %u %u", verb, &a, &b) < 1) exit(0);
  if (!strcmp(verb, "connect")) connect_clients(a, b);
  else if (!strcmp(verb, "announce")) send_all(0, senders, a);
  else if (!strcmp(verb, "withdraw")) send_all(0, senders, -1);
  else if (!strcmp(verb, "one")) one_by_one(a);
  else if (!strcmp(verb, "churn")) churn(a, b);
  else if (!strcmp(verb, "leave")) leave(a);
  else if (!strcmp(verb, "stall")) stall(a, 1);
  else if (!strcmp(verb, "resume")) stall(a, 0);
  else if (!strcmp(verb, "idle")) { begin(); while (now() - began < a * 1e-3) pump(10); answer(now(), ""); }
  else { fprintf(stderr, "unknown command %s\n", verb); exit(64); }
}

static uint32_t address_of(const char *s) { struct in_addr a; return inet_pton(AF_INET, s, &a) == 1 ? ntohl(a.s_addr) : 0; }

int main(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *key = argv[i], *value = argv[i + 1];
    unsigned number = atoi(value);
    if (!strcmp(key, "--reflector")) reflector = address_of(value);
    else if (!strcmp(key, "--base")) load.base = address_of(value);
    else if (!strcmp(key, "--asn")) load.asn = number;
    else if (!strcmp(key, "--senders")) senders = number;
    else if (!strcmp(key, "--clients")) clients = number;
    else if (!strcmp(key, "--routes")) load.routes = number;
    else if (!strcmp(key, "--per-update")) load.per_update = number;
    else if (!strcmp(key, "--per-set")) load.per_set = number;
    else if (!strcmp(key, "--vnis")) load.vnis = number;
    else if (!strcmp(key, "--shared-macs")) load.shared_macs = number;
    else if (!strcmp(key, "--shape")) load.shape = !strcmp(value, "irb") ? IRB : !strcmp(value, "with-ip") ? WITH_IP : PLAIN;
    else { fprintf(stderr, "unknown option %s\n", key); return 64; }
  }
  stride = load.routes + load.spare;
  all = calloc(clients, sizeof *all);
  for (uint32_t i = 0; i < clients; i++) all[i].fd = -1;
  want = pages(4ul * senders * stride);
  sequence = calloc(stride, sizeof *sequence);
  epoll_fd = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &e);
  last_keepalive = now();
  char line[128];
  for (;;) {
    while (!command_waits) pump(1000);
    command_waits = 0;
    ssize_t n = read(0, line, sizeof line - 1);
    if (n <= 0) return 0;
    line[n] = 0;
    run(line);
  }
}
