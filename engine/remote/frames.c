/* SPDX-License-Identifier: MIT
 * Messages of a driver: framed, queued, read piece by piece.
 *
 * Neither side waits in here. What comes is collected until a message is whole; room is made for as much as has come already, so that
 * a length that lies costs nothing. What goes out waits in a buffer until the other reads it. */
#include "engine/remote/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "engine/store/digest.h"

/* Bytes asked for at a time. */
#define PIECE 65536

/* A buffer that is empty and has more room than this is given back. */
#define MUCH ((size_t)1 << 20)

/* The two lengths. */
#define HEAD_BYTES 8

static uint32_t load_u32(const void *at)
{
    const uint8_t *b = at;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void store_u32(uint8_t *at, uint32_t n)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(n >> 8 * i);
}

static void never_wait(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void tg_frames_init(struct tg_frames *f, int in, int out)
{
    *f = (struct tg_frames){.in = in, .out = out, .head = tg_nil()};
    never_wait(in);
    never_wait(out);
}

void tg_frames_done(struct tg_frames *f)
{
    tg_buf_done(&f->got);
    tg_buf_done(&f->json);
    tg_buf_done(&f->waiting);
    tg_value_unref(f->head);
    f->head = tg_nil();
}

bool tg_frames_take_standard(int *in, int *out)
{
    *in = fcntl(0, F_DUPFD_CLOEXEC, 3);
    *out = fcntl(1, F_DUPFD_CLOEXEC, 3);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool taken = *in >= 0 && *out >= 0 && nothing >= 0 && dup2(nothing, 0) == 0 && dup2(2, 1) == 1;
    if (nothing > 0) close(nothing);
    return taken;
}

/* ---- which tgrun this is ------------------------------------------------------------------------- */

static char build_text[256];

/* Zeros if the file cannot be read. */
static struct tg_digest digest_program(void)
{
    struct tg_digest digest = {0};
    struct stat st;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return digest;
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            digest = tg_digest_bytes(bytes, (size_t)st.st_size);
            munmap(bytes, (size_t)st.st_size);
        }
    }
    close(fd);
    return digest;
}

static const char *libc_version(void)
{
#ifdef __GLIBC__
    return gnu_get_libc_version();
#else
    return "other";
#endif
}

static void write_build(void)
{
    struct tg_buf hex = {0};
    struct utsname machine;
    tg_digest_print(&hex, digest_program());
    bool known = uname(&machine) == 0;
    snprintf(build_text, sizeof build_text, "tgrun %s, %.60s, libc %.40s, program %s", TG_VERSION,
             known ? machine.machine : "?", libc_version(), tg_buf_str(&hex));
    tg_buf_done(&hex);
}

const char *tg_frames_build(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, write_build);
    return build_text;
}

/* ---- writing ------------------------------------------------------------------------------------- */

static void begin_member(struct tg_frames *f, const char *name)
{
    if (f->json.length > 1) tg_buf_char(&f->json, ',');
    tg_buf_json_string(&f->json, name, strlen(name));
    tg_buf_char(&f->json, ':');
}

void tg_frames_begin(struct tg_frames *f, const char *kind)
{
    TG_ASSERT(f->json.length == 0); /* one at a time */
    tg_buf_char(&f->json, '{');
    tg_frames_text(f, "t", kind);
}

void tg_frames_text(struct tg_frames *f, const char *name, const char *text)
{
    begin_member(f, name);
    tg_buf_json_string(&f->json, text, strlen(text));
}

void tg_frames_int(struct tg_frames *f, const char *name, int64_t n)
{
    begin_member(f, name);
    tg_buf_format(&f->json, "%" PRId64, n);
}

void tg_frames_bool(struct tg_frames *f, const char *name, bool b)
{
    begin_member(f, name);
    tg_buf_text(&f->json, b ? "true" : "false");
}

void tg_frames_json(struct tg_frames *f, const char *name, const char *json)
{
    begin_member(f, name);
    tg_buf_text(&f->json, json);
}

static bool is_omitted(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0) names++;
    return *names;
}

void tg_frames_same(struct tg_frames *f, const struct tg_frame *m, const char *const *without)
{
    const struct tg_record *r = tg_record_of(m->head);
    for (size_t i = 0; i < r->count; i++) {
        const char *name = tg_str_of(r->fields[i].key)->data;
        if (strcmp(name, "t") == 0 || is_omitted(name, without)) continue;
        begin_member(f, name);
        tg_value_json(&f->json, r->fields[i].value, 0);
    }
}

void tg_frames_end(struct tg_frames *f, const struct iovec *blob, int count)
{
    tg_buf_char(&f->json, '}');
    size_t body = 4 + f->json.length;
    for (int i = 0; i < count && body <= TG_FRAMES_BODY; i++)
        body = blob[i].iov_len > TG_FRAMES_BODY ? SIZE_MAX : body + blob[i].iov_len;
    if (f->json.length > TG_FRAMES_JSON || body > TG_FRAMES_BODY) f->lost = true;
    if (!f->lost) {
        uint8_t head[HEAD_BYTES];
        store_u32(head, (uint32_t)body);
        store_u32(head + 4, (uint32_t)f->json.length);
        tg_buf_reserve(&f->waiting, 4 + body);
        tg_buf_add(&f->waiting, head, sizeof head);
        tg_buf_add(&f->waiting, f->json.data, f->json.length);
        for (int i = 0; i < count; i++) tg_buf_add(&f->waiting, blob[i].iov_base, blob[i].iov_len);
    }
    f->json.length = 0;
}

void tg_frames_raw(struct tg_frames *f, const void *bytes, size_t length)
{
    if (!f->lost) tg_buf_add(&f->waiting, bytes, length);
}

/* Takes bytes from the beginning of a buffer. */
static void shift(struct tg_buf *b, size_t *used)
{
    if (*used == b->length) {
        b->length = 0;
        if (b->room > MUCH) tg_buf_done(b);
    } else if (*used) {
        memmove(b->data, b->data + *used, b->length - *used);
        b->length -= *used;
    }
    *used = 0;
}

bool tg_frames_flush(struct tg_frames *f)
{
    while (!f->lost && f->written < f->waiting.length) {
        ssize_t n = write(f->out, f->waiting.data + f->written, f->waiting.length - f->written);
        if (n >= 0) f->written += (size_t)n;
        else if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        else if (errno != EINTR) f->lost = true;
    }
    if (f->lost || f->written > f->waiting.length / 2) shift(&f->waiting, &f->written);
    return !f->lost;
}

bool tg_frames_has_more(const struct tg_frames *f)
{
    return !f->lost && f->written < f->waiting.length;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool fail_frame(struct tg_err *err, const char *what)
{
    return tg_err_set(err, TG_EXIT_CANNOT, "%s", what);
}

/* The bytes of the message at the beginning of what has come; 0: not known yet. False: it is none. */
static bool measure_frame(const struct tg_frames *f, size_t *bytes, struct tg_err *err)
{
    const char *at = tg_buf_str(&f->got) + f->taken;
    size_t length = f->got.length - f->taken;
    *bytes = 0;
    if (length < 4) return true;
    uint32_t body = load_u32(at);
    if (body < 4 || body > TG_FRAMES_BODY) return tg_err_set(err, TG_EXIT_CANNOT, "a message of %" PRIu32 " bytes", body);
    if (length < HEAD_BYTES) return true;
    uint32_t json = load_u32(at + 4);
    if (json > body - 4 || json > TG_FRAMES_JSON)
        return tg_err_set(err, TG_EXIT_CANNOT, "a message whose JSON has %" PRIu32 " bytes, in a body of %" PRIu32, json, body);
    *bytes = (size_t)body + 4;
    return true;
}

/* The kind of a head; NULL: it is none. */
static const char *kind_in(tg_value head)
{
    if (tg_kind(head) != TG_RECORD) return NULL;
    const tg_value *t = tg_record_find(head, "t", 1);
    return t && tg_kind(*t) == TG_STR ? tg_str_of(*t)->data : NULL;
}

/* The message of so many bytes, which are there. */
static bool take_frame(struct tg_frames *f, size_t bytes, struct tg_frame *out, struct tg_err *err)
{
    const char *at = f->got.data + f->taken;
    size_t json = load_u32(at + 4);
    struct tg_err why = {0};
    f->taken += bytes;
    if (!tg_value_from_json(at + HEAD_BYTES, json, &f->head, &why)) {
        tg_err_set(err, TG_EXIT_CANNOT, "a message that is no JSON: %s", why.message);
        tg_err_done(&why);
        return false;
    }
    const char *kind = kind_in(f->head);
    if (!kind) return fail_frame(err, "a message without a kind: its JSON is to be an object with the member \"t\"");
    *out = (struct tg_frame){.head = f->head,
                             .kind = kind,
                             .blob = (const uint8_t *)at + HEAD_BYTES + json,
                             .blob_bytes = bytes - HEAD_BYTES - json,
                             .wire_bytes = bytes};
    return true;
}

/* 1: something came; 0: nothing is there; -1: nothing will come. */
static int read_piece(struct tg_frames *f, size_t wanted)
{
    if (f->ended) return -1;
    if (f->taken) shift(&f->got, &f->taken);
    size_t room = wanted > f->got.length ? wanted - f->got.length : 0;
    if (room > f->got.length) room = f->got.length;
    if (room < PIECE) room = PIECE;
    char *at = tg_buf_reserve(&f->got, room);
    ssize_t n;
    while ((n = read(f->in, at, room)) < 0 && errno == EINTR) {}
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    if (n > 0) f->got.length += (size_t)n;
    else f->ended = true;
    return n > 0 ? 1 : -1;
}

int tg_frames_next(struct tg_frames *f, struct tg_frame *out, struct tg_err *err)
{
    size_t bytes;
    int came;
    tg_value_unref(f->head);
    f->head = tg_nil();
    do {
        if (!measure_frame(f, &bytes, err)) break;
        if (bytes && f->got.length - f->taken >= bytes) {
            if (take_frame(f, bytes, out, err)) return 1;
            break;
        }
        came = read_piece(f, bytes);
        if (came == 0) return 0;
        if (came < 0 && f->got.length > f->taken) fail_frame(err, "the connection has ended in the middle of a message");
    } while (came > 0);
    f->ended = true;
    f->got.length = f->taken = 0;
    return -1;
}
