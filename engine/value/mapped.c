/* SPDX-License-Identifier: MIT
 * Memory with descriptors (memfd_create(2)). A descriptor cannot be made shorter once it was given away: who maps it would be
 * ended by SIGBUS. */
#include "engine/value/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/compiler.h"
#include "engine/value/str.h"

#define HEAD_PAGE ((size_t)4096)

/* Who has mapped it: at the beginning of page 0. */
struct mapping {
    int fd;
    size_t bytes; /* of all */
};

bool tg_mapped_wanted;

/* Descriptors from this number on are left to others. */
static int first_spare_fd;

/* A part of those that are not left, as several may send at once. */
#define SENT_PART 8

void tg_mapped_begin(void)
{
    struct rlimit limit;
    first_spare_fd = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT32_MAX ? (int)(limit.rlim_cur / 2) : 512;
    tg_mapped_wanted = true;
}

static int new_file(size_t bytes)
{
    int fd = memfd_create("tgrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    if (ftruncate(fd, (off_t)bytes) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static struct mapping *mapping_of(const void *body, size_t head_bytes)
{
    return (struct mapping *)((char *)body + head_bytes - HEAD_PAGE);
}

/* Maps all of it; takes the descriptor. What others have made has page 0 of our own, and is only read: private memory that could be
 * written would count for RLIMIT_DATA. */
static void *map(int take_fd, int how, size_t head_bytes, size_t bytes)
{
    TG_ASSERT(head_bytes + sizeof(struct mapping) <= HEAD_PAGE);
    int both = PROT_READ | PROT_WRITE;
    void *at = mmap(NULL, HEAD_PAGE + bytes, how == MAP_SHARED ? both : PROT_READ, how | MAP_NORESERVE, take_fd, 0);
    if (at != MAP_FAILED && how != MAP_SHARED && mprotect(at, HEAD_PAGE, both) != 0) {
        munmap(at, HEAD_PAGE + bytes);
        at = MAP_FAILED;
    }
    if (at == MAP_FAILED) {
        close(take_fd);
        return NULL;
    }
    *(struct mapping *)at = (struct mapping){take_fd, HEAD_PAGE + bytes};
    return (char *)at + HEAD_PAGE - head_bytes;
}

void *tg_mapped_new(size_t head_bytes, size_t bytes)
{
    int fd = bytes < SIZE_MAX / 2 ? new_file(HEAD_PAGE + bytes) : -1;
    if (fd >= first_spare_fd) {
        close(fd);
        fd = -1;
    }
    return fd < 0 ? NULL : map(fd, MAP_SHARED, head_bytes, bytes);
}

void *tg_mapped_open(int take_fd, size_t head_bytes, size_t bytes)
{
    struct stat is;
    int seals = fcntl(take_fd, F_GET_SEALS);
    bool whole = seals >= 0 && seals & F_SEAL_SHRINK && fstat(take_fd, &is) == 0 && bytes < SIZE_MAX / 2 &&
                 is.st_size >= (off_t)(HEAD_PAGE + bytes);
    if (whole) return map(take_fd, MAP_PRIVATE, head_bytes, bytes);
    close(take_fd);
    return NULL;
}

void tg_mapped_free(void *body, size_t head_bytes)
{
    struct mapping *m = mapping_of(body, head_bytes);
    close(m->fd);
    munmap(m, m->bytes);
}

int tg_mapped_fd(const void *body, size_t head_bytes)
{
    return mapping_of(body, head_bytes)->fd;
}

/* ---- texts --------------------------------------------------------------------------------------- */

int tg_mapped_text_fd(tg_value text)
{
    const struct tg_str *t = tg_str_of(text);
    return t->obj.flags & TG_MAPPED ? tg_mapped_fd(t, sizeof *t) : -1;
}

tg_value tg_mapped_text(int take_fd, enum tg_kind kind, size_t length)
{
    bool spare = take_fd >= first_spare_fd;
    struct tg_str *t = tg_mapped_open(take_fd, sizeof *t, length + 1);
    if (!t) return tg_nil();
    t->obj = (struct tg_obj){.refs = 1, .kind = (uint8_t)kind, .flags = TG_MAPPED};
    t->length = length;
    tg_value text = tg_make_(kind, (uintptr_t)t);
    if (!spare && !t->data[length]) return text;
    /* There are too many: it goes on without, or in a lower one. Or who made it has written behind it. */
    tg_value copy = tg_str_make(kind, t->data, length);
    tg_value_unref(text);
    return copy;
}

tg_value tg_mapped_copy(tg_value text)
{
    const struct tg_str *from = tg_str_of(text);
    struct tg_str *t = tg_mapped_new(sizeof *t, from->length + 1);
    if (!t) return tg_nil();
    t->obj = (struct tg_obj){.refs = 1, .kind = from->obj.kind, .flags = TG_MAPPED};
    t->length = from->length;
    memcpy(t->data, from->data, from->length);
    return tg_make_(from->obj.kind, (uintptr_t)t);
}

/* ---- objects ------------------------------------------------------------------------------------- */

tg_value tg_mapped_payload(tg_value object)
{
    const struct tg_object *o = object.p;
    int fd = o->obj.flags & TG_MAPPED ? fcntl(tg_mapped_fd(o, sizeof *o), F_DUPFD_CLOEXEC, 0) : -1;
    return fd < 0 ? tg_nil() : tg_mapped_text(fd, TG_BYTES, o->bytes);
}

tg_value tg_mapped_object(const struct tg_object_type *type, tg_value bytes)
{
    size_t length = tg_str_of(bytes)->length;
    int from = tg_mapped_text_fd(bytes), fd = from < 0 ? -1 : fcntl(from, F_DUPFD_CLOEXEC, 0);
    if (fd >= first_spare_fd) close(fd);
    if (fd < 0 || fd >= first_spare_fd) return tg_nil();
    struct tg_object *o = tg_mapped_open(fd, sizeof *o, length);
    if (!o) return tg_nil();
    o->obj = (struct tg_obj){.refs = 1, .kind = TG_OBJECT, .flags = TG_MAPPED};
    o->type = type;
    o->bytes = length;
    return tg_make_(TG_OBJECT, (uintptr_t)o);
}

uint32_t tg_mapped_most_sent(void)
{
    return (uint32_t)first_spare_fd / SENT_PART;
}

int tg_mapped_file(const void *bytes, size_t length)
{
    int fd = new_file(length);
    for (size_t written = 0; fd >= 0 && written < length;) {
        ssize_t more = pwrite(fd, (const char *)bytes + written, length - written, (off_t)written);
        if (more > 0) written += (size_t)more;
        else if (errno != EINTR) {
            close(fd);
            return -1;
        }
    }
    return fd;
}
