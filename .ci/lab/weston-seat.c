/*
 * weston-seat: a weston module that adds a seat with a keyboard, which the headless backend lacks, so that clients get a
 * keymap. Debian names libweston's headers after its version, so what is needed of them is declared here; the seat is given
 * more room than any version's.
 */
#include <stdlib.h>

struct weston_compositor;
struct weston_seat;
void weston_seat_init(struct weston_seat *seat, struct weston_compositor *compositor, const char *name);
int weston_seat_init_keyboard(struct weston_seat *seat, void *keymap);

int wet_module_init(struct weston_compositor *compositor, int *count, char *arguments[]) {
    struct weston_seat *seat = calloc(1, 1 << 16);
    (void)count, (void)arguments;
    if (!seat) return -1;
    weston_seat_init(seat, compositor, "keyboard");
    return weston_seat_init_keyboard(seat, NULL);
}
