// guest-probe rtc [DEVICE] | ticks SECONDS | paste BYTES [noecho]: what a guest sees of its clock's interrupts, of its share of the
// processor while the serial port is busy, and of long input on its virtio console. Prints lines for a test.
#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <linux/serial.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

// interrupts NAME: of all processors, from the line of /proc/interrupts that ends in NAME.
static long interrupts(const char *name) {
  char line[1024];
  long sum = -1;
  FILE *file = fopen("/proc/interrupts", "r");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    size_t length = strlen(line), tail = strlen(name);
    if (length < tail || strcmp(line + length - tail, name)) continue;
    char *at = strchr(line, ':') + 1, *end;
    for (sum = 0;; at = end) {
      long count = strtol(at, &end, 10);
      if (end == at) break;
      sum += count;
    }
  }
  if (file) fclose(file);
  return sum;
}

// transmitted FD: characters that the serial port's driver has handed to the port.
static long transmitted(int fd) {
  struct serial_icounter_struct counts = {0};
  return ioctl(fd, TIOCGICOUNT, &counts) ? -1 : counts.tx;
}

// awaited FD SECONDS: the interrupt's data, or 0 when none came.
static unsigned long awaited(int fd, int seconds) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  unsigned long data = 0;
  if (poll(&ready, 1, seconds * 1000) != 1 || read(fd, &data, sizeof data) != sizeof data) return 0;
  return data;
}

static int rtc(const char *device) {
  int fd = open(device, O_RDONLY);
  if (fd < 0) return perror(device), 1;
  double start = now();
  if (ioctl(fd, RTC_UIE_ON, 0)) return perror("RTC_UIE_ON"), 1;
  for (int i = 0; i < 3; i++) {
    unsigned long data = awaited(fd, 5);
    printf("CROSVM-rtc update %s %.3f\n", data & RTC_UF ? "came" : "timed out", now() - start);
  }
  ioctl(fd, RTC_UIE_OFF, 0);

  struct rtc_wkalrm alarm = {.enabled = 1};
  if (ioctl(fd, RTC_RD_TIME, &alarm.time)) return perror("RTC_RD_TIME"), 1;
  struct tm due = {.tm_sec = alarm.time.tm_sec + 3, .tm_min = alarm.time.tm_min, .tm_hour = alarm.time.tm_hour,
    .tm_mday = alarm.time.tm_mday, .tm_mon = alarm.time.tm_mon, .tm_year = alarm.time.tm_year};
  time_t moment = timegm(&due);
  gmtime_r(&moment, &due);
  alarm.time = (struct rtc_time){.tm_sec = due.tm_sec, .tm_min = due.tm_min, .tm_hour = due.tm_hour,
    .tm_mday = due.tm_mday, .tm_mon = due.tm_mon, .tm_year = due.tm_year};
  start = now();
  if (ioctl(fd, RTC_WKALM_SET, &alarm)) return perror("RTC_WKALM_SET"), 1; // As rtcwake does.
  unsigned long data = awaited(fd, 10);
  printf("CROSVM-rtc alarm %s %.3f\n", data & RTC_AF ? "came" : "timed out", now() - start);
  ioctl(fd, RTC_AIE_OFF, 0);

  // Linux makes its periodic interrupts by itself; so register by register: 64 Hz, for two seconds.
  if (ioperm(0x70, 2, 1)) return perror("ioperm"), 1;
  long before = interrupts("rtc0");
  outb(0x0a, 0x70);
  outb((inb(0x71) & 0xf0) | 0x0a, 0x71);
  outb(0x0b, 0x70);
  int control = inb(0x71);
  outb(control | 0x40, 0x71);
  usleep(2000000);
  outb(0x0b, 0x70);
  outb(control & ~0x40, 0x71);
  printf("CROSVM-rtc periodic %ld\n", interrupts("rtc0") - before);
  return 0;
}

static int ticks(int seconds) {
  long *written = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = fork();
  if (child == 0) {
    char text[4096];
    int out = open("/dev/ttyS0", O_WRONLY);
    memset(text, 'x', sizeof text); // Without lines, which the terminal's driver would hand over one by one.
    for (;;) *written += write(out, text, sizeof text);
  }
  // Two witnesses: one that sleeps and wants to be woken on time, one that wants to compute.
  volatile long *counted = written + 1;
  pid_t busy = fork();
  if (busy == 0) for (;;) ++*counted;
  int tty = open("/dev/ttyS0", O_WRONLY | O_NONBLOCK);
  long before = interrupts("ttyS0"), sentBefore = transmitted(tty), woken = 0;
  double start = now(), last = start, gap = 0;
  *counted = 0;
  while (last - start < seconds) {
    usleep(20000);
    double t = now();
    if (t - last > gap) gap = t - last;
    last = t;
    woken++;
  }
  long interrupted = interrupts("ttyS0") - before, sent = transmitted(tty) - sentBefore, rounds = *counted;
  kill(child, SIGKILL);
  kill(busy, SIGKILL);
  tcflush(tty, TCOFLUSH);
  while (wait(NULL) > 0) {}
  printf("\nCROSVM-ticks %.1f s: %ld bytes, %ld interrupts, woken %ld times, at most %.0f ms late, counted %ld\n",
         last - start, sent, interrupted, woken, gap * 1000 - 20, rounds);
  return 0;
}

static int paste(long bytes, int echo) {
  int fd = open("/dev/hvc0", O_RDWR);
  if (fd < 0) return perror("/dev/hvc0"), 1;
  struct termios mode;
  tcgetattr(fd, &mode);
  if (!echo) mode.c_lflag &= ~ECHO;
  tcsetattr(fd, TCSANOW, &mode);
  char line[512];
  long got = 0, lines = 0, wrong = 0;
  FILE *in = fdopen(fd, "r");
  long before = interrupts("virtio1-input"), last = 0;
  dprintf(fd, "CROSVM-paste ready\n");
  double start = now(), told = start;
  while (got < bytes && fgets(line, sizeof line, in)) {
    char expected[512];
    snprintf(expected, sizeof expected, "%06ld", lines);
    wrong += strncmp(line, expected, 6) != 0;
    got += strlen(line);
    lines++;
    if (now() - told > 2) {
      told = now();
      printf("CROSVM-paste %.1f s: %ld bytes, %ld lines, %ld more\n", told - start, got, lines, got - last);
      last = got;
    }
  }
  printf("CROSVM-paste %.1f s: all %ld bytes, %ld lines, %ld wrong, %ld interrupts\n", now() - start, got, lines, wrong,
         interrupts("virtio1-input") - before);
  return 0;
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IONBF, 0);
  const char *what = count > 1 ? words[1] : "";
  if (!strcmp(what, "rtc")) return rtc(count > 2 ? words[2] : "/dev/rtc0");
  if (!strcmp(what, "ticks") && count == 3) return ticks(atoi(words[2]));
  if (!strcmp(what, "paste") && count >= 3) return paste(atol(words[2]), count == 3);
  fprintf(stderr, "usage: guest-probe rtc [DEVICE] | ticks SECONDS | paste BYTES [noecho]\n");
  return 2;
}
