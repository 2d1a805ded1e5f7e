// SPDX-License-Identifier: Apache-2.0
/*
 * Traffic between workloads, for bench/figures: cheap enough that the way between them is what is measured.
 *   traffic stream-to ADDRESS SECONDS | stream-from      one TCP connection; `stream-from` prints octets per second
 *   traffic small-to ADDRESS SECONDS  | small-from       UDP in frames of 64 octets; `small-from` prints packets per second that arrived
 *   traffic ask FLOWS TURNS ADDRESS… | answer            UDP, a socket for each flow, round trips in µs of a flow in a line
 * `*-from` and `answer` say `ready` when they listen on port 7000, and `*-from` end with their traffic.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 7000, BATCH = 32, SMALL = 18 /* + 8 UDP + 20 IPv4 + 14 Ethernet + 4 FCS = 64 */, BLOCK = 1 << 18 };

static char block[BLOCK];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

static int open_socket(int type, const char *to) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {INADDR_ANY}};
  int fd = socket(AF_INET, type, 0), on = 1, size = 8 << 20;
  check(fd >= 0, "socket");
  if (to) {
    check(inet_pton(AF_INET, to, &a.sin_addr) == 1, to);
    check(connect(fd, (struct sockaddr *)&a, sizeof a) == 0, "connect");
    return fd;
  }
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  check(bind(fd, (struct sockaddr *)&a, sizeof a) == 0, "bind");
  if (type == SOCK_STREAM) check(listen(fd, 1) == 0, "listen");
  puts("ready");
  fflush(stdout);
  return fd;
}

static void stream_to(const char *to, double seconds) {
  int fd = open_socket(SOCK_STREAM, to);
  for (double end = now() + seconds; now() < end;) check(write(fd, block, BLOCK) > 0, "write");
}

static void stream_from(void) {
  int fd = accept(open_socket(SOCK_STREAM, NULL), NULL, NULL);
  check(fd >= 0, "accept");
  uint64_t octets = 0;
  double begun = now();
  for (ssize_t n; (n = read(fd, block, BLOCK)) > 0;) octets += (uint64_t)n;
  printf("%.0f\n", (double)octets / (now() - begun));
}

static void batch_of(struct mmsghdr *batch, struct iovec *parts, size_t length) {
  memset(batch, 0, BATCH * sizeof *batch);
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){block + i * 64, length};
    batch[i].msg_hdr.msg_iov = &parts[i];
    batch[i].msg_hdr.msg_iovlen = 1;
  }
}

static void small_to(const char *to, double seconds) {
  int fd = open_socket(SOCK_DGRAM, to);
  struct mmsghdr batch[BATCH];
  struct iovec parts[BATCH];
  batch_of(batch, parts, SMALL);
  for (double end = now() + seconds; now() < end;) sendmmsg(fd, batch, BATCH, 0);
}

/* Until nothing has come for half a second. */
static void small_from(void) {
  int fd = open_socket(SOCK_DGRAM, NULL);
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  struct mmsghdr batch[BATCH];
  struct iovec parts[BATCH];
  batch_of(batch, parts, 64);
  uint64_t packets = 0;
  double first = 0, last = 0;
  while (poll(&wait, 1, first == 0 ? -1 : 500) > 0) {
    int n = recvmmsg(fd, batch, BATCH, MSG_DONTWAIT, NULL);
    if (n <= 0) continue;
    last = now();
    if (first == 0) first = last;
    packets += (uint64_t)n;
  }
  printf("%.0f\n", (double)packets / (last - first));
}

static void answer(void) {
  int fd = open_socket(SOCK_DGRAM, NULL), on = 1;
  setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  for (;;) {
    struct sockaddr_in from;
    char control[64]; /* the address that was asked is the one that answers */
    struct iovec part = {block, BLOCK};
    struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(fd, &m, 0);
    if (n < 0) continue;
    part.iov_len = (size_t)n;
    sendmsg(fd, &m, 0);
  }
}

static void ask(int flows, int turns, char **to, int count) {
  struct timeval patience = {.tv_sec = 5};
  for (int f = 0; f < flows; f++) {
    int fd = open_socket(SOCK_DGRAM, to[f % count]);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (int t = 0; t < turns; t++) {
      double begun = now();
      check(send(fd, block, SMALL, 0) == SMALL, "send");
      check(recv(fd, block, BLOCK, 0) == SMALL, "no answer");
      printf("%s%.1f", t == 0 ? "" : " ", (now() - begun) * 1e6);
    }
    putchar('\n');
    close(fd);
    usleep(2000);
  }
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  if (argc == 4 && !strcmp(mode, "stream-to")) stream_to(argv[2], atof(argv[3]));
  else if (argc == 4 && !strcmp(mode, "small-to")) small_to(argv[2], atof(argv[3]));
  else if (argc > 4 && !strcmp(mode, "ask")) ask(atoi(argv[2]), atoi(argv[3]), argv + 4, argc - 4);
  else if (!strcmp(mode, "stream-from")) stream_from();
  else if (!strcmp(mode, "small-from")) small_from();
  else if (!strcmp(mode, "answer")) answer();
  else return 2;
  return 0;
}
