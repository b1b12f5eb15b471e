/*
 * wl-guest: the guest's side of the Wayland boot test, as there is no upstream driver: a virtio-wl driver in user space
 * (BAR and DMA memory through sysfs, hugetlb and pagemap; polling) and a small Wayland client on top of it, speaking the
 * wire protocol. It opens a window of the size it is told, draws a picture into shared memory, waits for three frame
 * callbacks and a keymap, and then for the compositor's end. Run as root; says what it does in lines that start with CROSVM-wl.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("CROSVM-wl ");
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    va_end(arguments);
}

__attribute__((noreturn)) static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("CROSVM-FAIL wl ");
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* ---- PCI ---- */

#define VENDOR 0x1af4
#define DEVICE_BASE 0x1040

static char device[300];

static void put(const char *file, const char *text) {
    int fd = open(file, O_WRONLY);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) die("%s: %m", file);
    close(fd);
}

static unsigned number_in(const char *folder, const char *file) {
    char path[400];
    unsigned value = 0;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "r");
    if (!f || fscanf(f, "%x", &value) != 1) die("%s: unreadable", path);
    fclose(f);
    return value;
}

static void find_device(int virtio_id) {
    DIR *all = opendir("/sys/bus/pci/devices");
    for (struct dirent *entry; all && (entry = readdir(all));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(device, sizeof device, "/sys/bus/pci/devices/%.200s", entry->d_name);
        if (number_in(device, "vendor") == VENDOR && number_in(device, "device") == (unsigned)(DEVICE_BASE + virtio_id)) {
            char path[400];
            snprintf(path, sizeof path, "%s/driver/unbind", device); /* virtio-pci takes all virtio devices */
            if (access(path, F_OK) == 0) put(path, entry->d_name);
            snprintf(path, sizeof path, "%s/enable", device);
            put(path, "1");
            say("device %s", entry->d_name);
            closedir(all);
            return;
        }
    }
    die("no virtio device %d", virtio_id);
}

/* virtio 1.2 4.1.4: the structures that the capabilities point at */
static volatile uint8_t *common, *notify;
static uint32_t notify_multiplier;

static void map_device(void) {
    uint8_t config[256];
    char path[400];
    uint8_t *bar;
    snprintf(path, sizeof path, "%s/config", device);
    int fd = open(path, O_RDWR);
    if (fd < 0 || pread(fd, config, sizeof config, 0) != sizeof config) die("%s: %m", path);
    uint16_t command = config[4] | config[5] << 8 | 6; /* memory, bus master */
    if (pwrite(fd, &command, 2, 4) != 2) die("%s: %m", path);
    close(fd);
    snprintf(path, sizeof path, "%s/resource0", device);
    fd = open(path, O_RDWR);
    if (fd < 0) die("%s: %m", path);
    bar = mmap(NULL, 0x8000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bar == MAP_FAILED) die("%s: mmap: %m", path);
    close(fd);
    for (int at = config[0x34]; at; at = config[at + 1]) {
        uint32_t offset, extra;
        if (config[at] != 9) continue;
        memcpy(&offset, config + at + 8, 4);
        memcpy(&extra, config + at + 16, 4);
        if (config[at + 3] == 1) common = bar + offset;
        if (config[at + 3] == 2) notify = bar + offset, notify_multiplier = extra;
    }
    if (!common || !notify) die("capabilities are missing");
}

#define R8(o) (*(volatile uint8_t *)(common + (o)))
#define R16(o) (*(volatile uint16_t *)(common + (o)))
#define R32(o) (*(volatile uint32_t *)(common + (o)))

/* ---- memory for the device: one huge page ---- */

#define DMA_SIZE (2 << 20)
static uint8_t *dma;
static uint64_t dma_physical;
static size_t dma_used;

static void make_dma(void) {
    uint64_t entry;
    put("/proc/sys/vm/nr_hugepages", "4");
    dma = mmap(NULL, DMA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
    if (dma == MAP_FAILED) die("huge page: %m");
    memset(dma, 0, DMA_SIZE);
    int fd = open("/proc/self/pagemap", O_RDONLY);
    if (fd < 0 || pread(fd, &entry, 8, (uintptr_t)dma / 4096 * 8) != 8) die("pagemap: %m");
    close(fd);
    dma_physical = (entry & ((1ULL << 55) - 1)) * 4096;
    if (!(entry >> 63) || !dma_physical) die("pagemap says nothing");
}

static void *take(size_t size) {
    void *at = dma + dma_used;
    dma_used += (size + 4095) & ~4095UL;
    if (dma_used > DMA_SIZE) die("more memory than a huge page");
    return at;
}

static uint64_t physical(const void *at) { return dma_physical + ((uint8_t *)at - dma); }

/* ---- virtqueues ---- */

#define SIZE 32

struct descriptor { uint64_t address; uint32_t length; uint16_t flags, next; };
struct queue {
    int index;
    struct descriptor *table;
    volatile uint16_t *available;
    volatile uint8_t *used;
    volatile uint16_t *bell;
    uint16_t seen;
};

static struct queue in, out;

static void start_queue(struct queue *q, int index) {
    q->index = index;
    q->table = take(SIZE * sizeof *q->table);
    q->available = take(6 + 2 * SIZE);
    q->used = take(6 + 8 * SIZE);
    R16(0x16) = index; /* queue_select */
    if (R16(0x18) < SIZE) die("queue %d of %d", index, R16(0x18));
    R16(0x18) = SIZE;
    R16(0x1a) = 0xffff; /* no MSI-X vector */
    uint64_t places[3] = {physical(q->table), physical((void *)q->available), physical((void *)q->used)};
    for (int i = 0; i < 3; i++) {
        R32(0x20 + 8 * i) = places[i];
        R32(0x24 + 8 * i) = places[i] >> 32;
    }
    q->bell = (volatile uint16_t *)(notify + R16(0x1e) * notify_multiplier);
    q->available[0] = 1; /* no interrupts: polled */
    R16(0x1c) = 1;       /* queue_enable */
}

static void start_device(void) {
    R8(0x14) = 0;
    while (R8(0x14)) {}
    R8(0x14) = 1 | 2;
    R32(0x08) = 1; /* driver feature select: VERSION_1 and nothing else */
    R32(0x0c) = 1;
    R32(0x08) = 0;
    R32(0x0c) = 0;
    R8(0x14) = 1 | 2 | 8;
    if (!(R8(0x14) & 8)) die("the device does not take VERSION_1");
    start_queue(&in, 0);
    start_queue(&out, 1);
    R8(0x14) = 1 | 2 | 8 | 4;
}

static void offer(struct queue *q, int head) {
    q->available[2 + q->available[1] % SIZE] = head;
    __sync_synchronize();
    q->available[1]++;
    __sync_synchronize();
    *q->bell = q->index;
}

/* The next used chain's head, or -1 when there is none within the time. */
static int used(struct queue *q, double seconds, uint32_t *length) {
    double end = now() + seconds;
    while (*(volatile uint16_t *)(q->used + 2) == q->seen) {
        if (now() > end) return -1;
        usleep(200);
    }
    __sync_synchronize();
    volatile uint32_t *element = (volatile uint32_t *)(q->used + 4) + 2 * (q->seen++ % SIZE);
    *length = element[1];
    return element[0];
}

/* ---- virtio-wl ---- */

enum { VFD_NEW = 256, VFD_CLOSE, VFD_SEND, VFD_RECV, VFD_NEW_CTX, VFD_HUP = 262, RESP_OK = 4096, RESP_VFD_NEW };

struct vfd_new { uint32_t type, flags, id, vfd_flags; uint64_t pfn; uint32_t size, pad; };
struct vfd_send { uint32_t type, flags, id, count; };

static uint8_t *request, *reply, *buffers;

static void command(const void *text, size_t length, uint32_t expected) {
    uint32_t written;
    memcpy(request, text, length);
    out.table[0] = (struct descriptor){physical(request), length, 1, 1};
    out.table[1] = (struct descriptor){physical(reply), 64, 2, 0};
    offer(&out, 0);
    if (used(&out, 20, &written) < 0) die("command %u is not answered", *(uint32_t *)request);
    if (*(uint32_t *)reply != expected) die("command %u: %u", *(uint32_t *)request, *(uint32_t *)reply);
}

static void post(int i) {
    in.table[i] = (struct descriptor){physical(buffers + 4096 * i), 4096, 2, 0};
    offer(&in, i);
}

static void start_wl(void) {
    request = take(65536);
    reply = take(64);
    buffers = take(4096 * SIZE);
    for (int i = 0; i < SIZE; i++) post(i);
}

static void *map(uint64_t pfn, size_t size, int protection) {
    int fd = open("/dev/mem", (protection & PROT_WRITE) ? O_RDWR : O_RDONLY);
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, size, protection, MAP_SHARED, fd, pfn * 4096);
    if (at == MAP_FAILED) die("/dev/mem at pfn 0x%llx: %m", (unsigned long long)pfn);
    close(fd);
    return at;
}

/* ---- Wayland: objects have fixed numbers here ---- */

enum { DISPLAY = 1, REGISTRY, SYNC, COMPOSITOR, SHM, WM_BASE, SEAT, KEYBOARD, SURFACE, XDG_SURFACE, TOPLEVEL, POOL, BUFFER, CALLBACK };
enum { CONTEXT_VFD = 1, PICTURE_VFD = 2 };

static struct { uint32_t object, word, arguments[80]; } message;
static int words;

static void start(uint32_t object, int opcode) { message.object = object, message.word = opcode, words = 0; }
static void add(uint32_t word) { message.arguments[words++] = word; }
static void add_text(const char *text) {
    uint32_t length = strlen(text) + 1;
    add(length);
    memset(message.arguments + words, 0, (length + 3) & ~3u);
    memcpy(message.arguments + words, text, length);
    words += (length + 3) / 4;
}

static void send_with(int vfd) {
    uint8_t packet[600];
    uint32_t length = 8 + 4 * words;
    struct vfd_send head = {VFD_SEND, 0, CONTEXT_VFD, vfd ? 1 : 0};
    size_t at = sizeof head;
    message.word |= length << 16;
    memcpy(packet, &head, sizeof head);
    if (vfd) memcpy(packet + at, &vfd, 4), at += 4;
    memcpy(packet + at, &message, length);
    command(packet, at + length, RESP_OK);
}

static void send_it(void) { send_with(0); }

#define MAX_GLOBALS 64
static struct { uint32_t name, version; char interface[64]; } globals[MAX_GLOBALS];
static int global_count, synced, frames, width, height, configured, hung_up;
static uint32_t keymap_id;
static uint64_t keymap_pfn;

static void bind_global(const char *interface, uint32_t version, uint32_t id) {
    for (int i = 0; i < global_count; i++) {
        if (strcmp(globals[i].interface, interface) == 0 && globals[i].version >= version) {
            start(REGISTRY, 0), add(globals[i].name), add_text(interface), add(version), add(id), send_it();
            say("bound %s", interface);
            return;
        }
    }
    die("the compositor has no %s %u", interface, version);
}

static void event(uint32_t object, int opcode, const uint32_t *words_in, const uint32_t *ids, int *next_id) {
    switch (object << 8 | opcode) {
        case DISPLAY << 8 | 0: die("the compositor says: object %u, code %u: %s", words_in[0], words_in[1], (char *)(words_in + 3));
        case REGISTRY << 8 | 0:
            if (global_count < MAX_GLOBALS) {
                globals[global_count].name = words_in[0];
                snprintf(globals[global_count].interface, 64, "%.63s", (const char *)(words_in + 2));
                globals[global_count++].version = words_in[2 + (words_in[1] + 3) / 4];
            }
            break;
        case SYNC << 8 | 0: synced = 1; break;
        case WM_BASE << 8 | 0: start(WM_BASE, 3), add(words_in[0]), send_it(); break;
        case TOPLEVEL << 8 | 0: width = words_in[0], height = words_in[1]; break;
        case XDG_SURFACE << 8 | 0: start(XDG_SURFACE, 4), add(words_in[0]), send_it(), configured++; break;
        case CALLBACK << 8 | 0: frames++; break;
        case KEYBOARD << 8 | 0: {
            if (ids[(*next_id)++] != keymap_id) die("the keymap is not the vfd that was announced");
            const char *text = map(keymap_pfn, words_in[1], PROT_READ);
            say("keymap %u bytes: %.10s", words_in[1], text);
            break;
        }
    }
}

/* Takes what the host tells, as long as it says something. */
static void listen_for(double seconds) {
    static uint32_t stream[4096];
    static uint32_t pending;
    uint32_t length;
    int head = used(&in, seconds, &length);
    if (head < 0) return;
    uint8_t *told = buffers + 4096 * head;
    struct vfd_new *made = (struct vfd_new *)told;
    struct vfd_send *received = (struct vfd_send *)told;
    if (made->type == VFD_NEW) {
        say("vfd 0x%x flags %u size %u", made->id, made->vfd_flags, made->size);
        keymap_id = made->id, keymap_pfn = made->pfn;
    } else if (received->type == VFD_HUP) {
        hung_up = 1;
    } else if (received->type == VFD_RECV) {
        uint32_t *ids = (uint32_t *)(received + 1), bytes = length - sizeof *received - 4 * received->count;
        int next_id = 0;
        memcpy((uint8_t *)stream + pending, ids + received->count, bytes);
        pending += bytes;
        while (pending >= 8 && pending >= stream[1] >> 16) {
            uint32_t size = stream[1] >> 16;
            event(stream[0], stream[1] & 0xffff, stream + 2, ids, &next_id);
            pending -= size;
            memmove(stream, (uint8_t *)stream + size, pending);
        }
    } else {
        die("the host tells %u", made->type);
    }
    post(head);
}

static void await(const char *what, int *flag, int least) {
    for (double end = now() + 60; *flag < least;) {
        if (now() > end) die("no %s within 60 s", what);
        if (hung_up && flag != &hung_up) die("the compositor hung up before %s", what);
        listen_for(1);
    }
}

/* The picture, which the test draws again and compares: four quarters, each a gradient of its own, and a white frame. */
static uint32_t pixel(int x, int y) {
    if (x < 4 || y < 4 || x >= width - 4 || y >= height - 4) return 0xffffffff;
    uint32_t a = x * 255 / width, b = y * 255 / height;
    int quarter = (x >= width / 2) + 2 * (y >= height / 2);
    uint32_t colours[4] = {a << 16, b << 8, a, b << 16 | a << 8};
    return 0xff000000 | colours[quarter];
}

static void request_frame(void) {
    start(SURFACE, 3), add(CALLBACK), send_it();
}

static void draw(void) {
    uint32_t size = width * height * 4;
    struct vfd_new memory = {.type = VFD_NEW, .id = PICTURE_VFD, .vfd_flags = 3, .size = size};
    command(&memory, sizeof memory, RESP_VFD_NEW);
    struct vfd_new *made = (struct vfd_new *)reply;
    say("shared memory at pfn 0x%llx", (unsigned long long)made->pfn);
    uint32_t *pixels = map(made->pfn, made->size, PROT_READ | PROT_WRITE);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) pixels[y * width + x] = pixel(x, y);
    start(SHM, 0), add(POOL), add(size), send_with(PICTURE_VFD);
    start(POOL, 0), add(BUFFER), add(0), add(width), add(height), add(width * 4), add(1 /* XRGB8888 */), send_it();
    start(SURFACE, 1), add(BUFFER), add(0), add(0), send_it();
    start(SURFACE, 2), add(0), add(0), add(width), add(height), send_it();
    request_frame();
    start(SURFACE, 6), send_it();
    say("drawn %dx%d", width, height);
}

int main(int count, char **arguments) {
    find_device(count > 1 ? atoi(arguments[1]) : 63);
    map_device();
    make_dma();
    start_device();
    start_wl();

    struct vfd_new context = {.type = VFD_NEW_CTX, .id = CONTEXT_VFD};
    command(&context, sizeof context, RESP_VFD_NEW);
    say("connected");
    start(DISPLAY, 1), add(REGISTRY), send_it();
    start(DISPLAY, 0), add(SYNC), send_it();
    await("globals", &synced, 1);
    bind_global("wl_compositor", 4, COMPOSITOR);
    bind_global("wl_shm", 1, SHM);
    bind_global("xdg_wm_base", 1, WM_BASE);
    bind_global("wl_seat", 7, SEAT);
    start(SEAT, 1), add(KEYBOARD), send_it();
    start(COMPOSITOR, 0), add(SURFACE), send_it();
    start(WM_BASE, 2), add(XDG_SURFACE), add(SURFACE), send_it();
    start(XDG_SURFACE, 1), add(TOPLEVEL), send_it();
    start(TOPLEVEL, 2), add_text("crosvm"), send_it();
    start(SURFACE, 6), send_it();
    await("configure", &configured, 1);
    if (!width || !height) width = 320, height = 240;
    draw();
    for (int i = 1; i <= 3; i++) {
        await("frame callback", &frames, i);
        say("frame %d", i);
        start(SURFACE, 2), add(0), add(0), add(width), add(height), send_it();
        if (i < 3) request_frame();
        start(SURFACE, 6), send_it();
    }
    say("shown");
    for (double end = now() + 120; !hung_up;) {
        if (now() > end) die("the compositor does not end within 120 s");
        listen_for(1);
    }
    say("hup");
    uint32_t done[3] = {VFD_CLOSE, 0, CONTEXT_VFD};
    command(done, sizeof done, RESP_OK);
    done[2] = PICTURE_VFD;
    command(done, sizeof done, RESP_OK);
    say("closed");
    return 0;
}
