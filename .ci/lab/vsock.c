// vsock: what the boot tests talk over AF_VSOCK with, in a guest and on its host (busybox has no such tool).
//
//   vsock cid                      prints this side's context id
//   vsock echo PORT                serves one connection after another: what comes in goes out again
//   vsock compare CID PORT MIB     sends so many MiB of pseudo-random bytes to an echo and compares what comes back
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h> // Takes struct sockaddr from above.
#include <unistd.h>

static unsigned char out[65536], in[65536];

static _Noreturn void die(const char *what) {
  fprintf(stderr, "vsock: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int number(const char *word) { return (int) strtoul(word, NULL, 10); }

static int vsock(void) {
  int s = socket(AF_VSOCK, SOCK_STREAM, 0);
  if (s < 0) die("socket");
  return s;
}

static int cid(void) {
  unsigned int own;
  int fd = open("/dev/vsock", O_RDONLY);
  if (fd < 0 || ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &own) < 0) die("/dev/vsock");
  printf("%u\n", own);
  return 0;
}

static _Noreturn void echo(unsigned int port) {
  struct sockaddr_vm here = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port};
  int listener = vsock();
  if (bind(listener, (struct sockaddr *) &here, sizeof here) < 0 || listen(listener, 4) < 0) die("listen");
  printf("listening on port %u\n", port);
  fflush(stdout);
  for (;;) {
    int s = accept(listener, NULL, NULL);
    if (s < 0) die("accept");
    ssize_t got;
    while ((got = read(s, in, sizeof in)) > 0)
      for (ssize_t at = 0, put; at < got; at += put)
        if ((put = write(s, in + at, got - at)) < 0) die("write");
    close(s);
  }
}

// fill: the same bytes for sender and receiver, from the place in the stream alone. They repeat after a prime number, so
// that a piece which is lost, doubled or misplaced shows.
enum { PERIOD = 65521 };
static unsigned char table[PERIOD];

static void fill(unsigned char *to, uint64_t from, size_t length) {
  if (!table[1])
    for (uint64_t i = 0; i < PERIOD; i++) table[i] = (unsigned char) (i * 0x9e3779b97f4a7c15ull >> 56);
  for (size_t part; length; to += part, from += part, length -= part) {
    size_t at = from % PERIOD;
    part = length < PERIOD - at ? length : PERIOD - at;
    memcpy(to, table + at, part);
  }
}

static int compare(unsigned int peer, unsigned int port, uint64_t total) {
  static unsigned char expected[sizeof in];
  struct sockaddr_vm there = {.svm_family = AF_VSOCK, .svm_cid = peer, .svm_port = port};
  int s = vsock();
  uint64_t sent = 0, back = 0;
  if (connect(s, (struct sockaddr *) &there, sizeof there) < 0) die("connect");
  fcntl(s, F_SETFL, O_NONBLOCK);
  while (back < total) {
    struct pollfd p = {.fd = s, .events = POLLIN | (sent < total ? POLLOUT : 0)};
    if (poll(&p, 1, 60000) < 1) die("nothing for a minute");
    if (sent < total && p.revents & POLLOUT) {
      size_t part = total - sent < sizeof out ? total - sent : sizeof out;
      fill(out, sent, part);
      ssize_t put = write(s, out, part);
      if (put < 0 && errno != EAGAIN) die("write");
      if (put > 0) sent += put;
    }
    if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
      ssize_t got = read(s, in, sizeof in);
      if (got == 0 || (got < 0 && errno != EAGAIN)) die("read");
      if (got > 0) {
        fill(expected, back, got);
        if (memcmp(in, expected, got)) {
          fprintf(stderr, "vsock: what came back differs after byte %llu\n", (unsigned long long) back);
          return 1;
        }
        back += got;
      }
    }
  }
  printf("equal %llu\n", (unsigned long long) back);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "cid")) return cid();
  if (argc == 3 && !strcmp(argv[1], "echo")) echo(number(argv[2]));
  if (argc == 5 && !strcmp(argv[1], "compare")) {
    return compare(number(argv[2]), number(argv[3]), (uint64_t) number(argv[4]) << 20);
  }
  fputs("usage: vsock cid | echo PORT | compare CID PORT MIB\n", stderr);
  return 2;
}
