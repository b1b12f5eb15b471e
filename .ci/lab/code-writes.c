/*
 * code-writes SECONDS: one thread writes a function anew, another calls it all the time, as kernels (jump labels, static
 * calls) and JVMs do. Counts the writes that are lost: the old code still runs after a second and 100,000 calls, which no
 * processor does (Intel SDM vol. 3A, 9.1.3: an aligned store of 8 bytes or less is seen whole, in the end), but an emulator
 * whose processors run at the same time may, when it keeps a translation of the old bytes. Status 1 when there are any.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static uint64_t *code;
static volatile uint32_t seen;
static volatile uint64_t calls;
static volatile int done;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Pins the calling thread; false where there is no such processor. */
static int on_processor(int number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

/* mov eax, value; ret */
static void write_code(uint32_t value) {
  __atomic_store_n(code, 0xb8 | (uint64_t)value << 8 | 0x9090c3ull << 40, __ATOMIC_SEQ_CST);
}

static void *caller(void *unused) {
  on_processor(1);
  uint32_t (*function)(void) = (uint32_t(*)(void))code;
  while (!done) {
    seen = function();
    calls++;
  }
  return unused;
}

int main(int count, char **arguments) {
  double seconds = count > 1 ? atof(arguments[1]) : 30;
  code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) {
    perror("mmap");
    return 2;
  }
  write_code(0);
  pthread_t thread;
  if (pthread_create(&thread, NULL, caller, NULL) != 0) {
    return 2;
  }
  int several = on_processor(1);
  on_processor(0);
  uint32_t writes = 0, lost = 0;
  for (double end = now() + seconds; now() < end;) {
    write_code(++writes);
    double began = now();
    uint64_t before = calls;
    while (seen != writes) {
      sched_yield();
      if (now() - began > 1 && calls - before > 100000 && seen != writes) {
        lost++;
        write_code(writes);
        began = now();
        before = calls;
      }
    }
  }
  done = 1;
  pthread_join(thread, NULL);
  printf("%u writes to code, %u lost, %llu calls, on %s\n", writes, lost, (unsigned long long)calls,
         several ? "two processors" : "one processor");
  return lost > 0;
}
