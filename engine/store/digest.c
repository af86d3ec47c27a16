/* SPDX-License-Identifier: MIT
 * Digests by xxHash, of which all is compiled in: a call of its library costs more than a short text does. */
#include "engine/store/digest.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/out.h"

#define HALF_DIGITS 16

static_assert(sizeof(XXH3_state_t) <= sizeof(struct tg_digester), "the state of xxHash has its place");
static_assert(_Alignof(XXH3_state_t) <= _Alignof(struct tg_digester), "the state of xxHash is aligned");

void tg_digest_begin(struct tg_digester *d)
{
    XXH3_128bits_reset((XXH3_state_t *)(void *)d);
}

void tg_digest_add(struct tg_digester *d, const void *bytes, size_t length)
{
    if (length) XXH3_128bits_update((XXH3_state_t *)(void *)d, bytes, length);
}

void tg_digest_text(struct tg_digester *d, const char *text, size_t length)
{
    uint64_t bytes = length;
    tg_digest_add(d, &bytes, sizeof bytes);
    tg_digest_add(d, text, length);
}

struct tg_digest tg_digest_end(const struct tg_digester *d)
{
    XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)(const void *)d);
    return (struct tg_digest){hash.low64, hash.high64};
}

struct tg_digest tg_digest_bytes(const void *bytes, size_t length)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, length);
    return (struct tg_digest){hash.low64, hash.high64};
}

void tg_digest_print(struct tg_buf *b, struct tg_digest digest)
{
    tg_buf_format(b, "%016" PRIx64 "%016" PRIx64, digest.high, digest.low);
}

static bool read_half(const char *hex, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < HALF_DIGITS; i++) {
        int digit = tg_ascii_digit(hex[i]);
        if (digit >= 16) return false;
        *out = *out << 4 | (uint64_t)digit;
    }
    return true;
}

bool tg_digest_read(const char *hex, struct tg_digest *out)
{
    struct tg_digest digest;
    if (!read_half(hex, &digest.high) || !read_half(hex + HALF_DIGITS, &digest.low) || hex[2 * HALF_DIGITS]) return false;
    *out = digest;
    return true;
}

/* ---- secrets ------------------------------------------------------------------------------------- */

struct tg_digest tg_digest_secret(const unsigned char key[TG_DIGEST_KEY_BYTES], const char *text, size_t length)
{
    struct tg_digest digest;
    (void)!sodium_init(); /* a second time is fine; without it a slower way is taken */
    crypto_generichash((unsigned char *)&digest, sizeof digest, (const unsigned char *)text, length, key, TG_DIGEST_KEY_BYTES);
    return digest;
}

/* 0 or errno; EINVAL: it has another length. */
static int read_key(const char *path, unsigned char key[TG_DIGEST_KEY_BYTES])
{
    unsigned char bytes[TG_DIGEST_KEY_BYTES + 1];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return errno;
    ssize_t n = read(fd, bytes, sizeof bytes);
    int error = n < 0 ? errno : n == TG_DIGEST_KEY_BYTES ? 0 : EINVAL;
    close(fd);
    if (!error) memcpy(key, bytes, TG_DIGEST_KEY_BYTES);
    return error;
}

/* Writes a new key to a new file. On disk before it has its name: a key must not be half there after a power cut. */
static int fill_key(int fd)
{
    unsigned char key[TG_DIGEST_KEY_BYTES];
    if (getrandom(key, sizeof key, 0) != sizeof key) return errno;
    int error = tg_out_write(fd, (const char *)key, sizeof key);
    return error ? error : fsync(fd) == 0 ? 0 : errno;
}

/* Makes the key; the first of several processes does. Where there are no hard links, the last one. 0 or errno. */
static int create_key(const char *path)
{
    char *made = tg_alloc_format("%s.XXXXXX", path);
    int fd = mkostemp(made, O_CLOEXEC), error = fd < 0 ? errno : fill_key(fd);
    if (fd >= 0) close(fd);
    if (!error && link(made, path) != 0 && errno != EEXIST && rename(made, path) != 0) error = errno;
    if (fd >= 0) unlink(made);
    free(made);
    return error;
}

bool tg_digest_key(const char *folder, unsigned char key[TG_DIGEST_KEY_BYTES], struct tg_err *err)
{
    char *path = tg_alloc_format("%s/key", folder);
    int error = read_key(path, key);
    if (error == EINVAL && unlink(path) == 0) error = ENOENT; /* none of ours: what was recorded by it is not known any more */
    if (error == ENOENT && (error = create_key(path)) == 0) error = read_key(path, key);
    if (error) tg_err_set(err, TG_EXIT_CANNOT, "could not read or make the key '%s': %s", path, strerror(error));
    free(path);
    return !error;
}
