/* SPDX-License-Identifier: MIT
 * The nearest name by edit distance: insert, delete, replace, and swap of neighbours (Damerau 1964, optimal
 * string alignment). A name is near if at most a third of it, rounded, and three letters must change; nearest is one that is
 * the same but for its case and for underscores. */
#include "engine/base/near.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/assert.h"

#define LONGEST 64

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t before[LONGEST + 1], above[LONGEST + 1], row[LONGEST + 1];
    TG_ASSERT(n <= LONGEST && m <= LONGEST);
    for (size_t j = 0; j <= m; j++) above[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replace = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = min3(above[j] + 1, row[j - 1] + 1, replace);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        memcpy(before, above, sizeof above);
        memcpy(above, row, sizeof row);
    }
    return above[m];
}

static char lower(char c)
{
    return tg_ascii_is_letter(c) ? (char)(c | 0x20) : c;
}

/* maxBackoff and max_backoff. */
static bool is_same_word(const char *a, size_t n, const char *b, size_t m)
{
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        while (i < n && a[i] == '_') i++;
        while (j < m && b[j] == '_') j++;
        if (i == n || j == m) return i == n && j == m && i && j;
        if (lower(a[i]) != lower(b[j])) return false;
    }
}

struct tg_near tg_near_begin(const char *wanted, size_t length)
{
    size_t limit = (length + 1) / 3;
    if (limit > 3) limit = 3;
    return (struct tg_near){wanted, length, NULL, 0, limit + 1};
}

void tg_near_offer(struct tg_near *near, const char *name, size_t length)
{
    if (length > LONGEST || near->wanted_length > LONGEST || length == 0) return;
    if (length == near->wanted_length && memcmp(near->wanted, name, length) == 0) return;
    size_t apart = length > near->wanted_length ? length - near->wanted_length : near->wanted_length - length, d = 0;
    if (!is_same_word(near->wanted, near->wanted_length, name, length)) {
        if (apart >= near->distance) return;
        d = distance(near->wanted, near->wanted_length, name, length);
        if (d >= near->wanted_length && d >= length) return; /* nothing in common */
    }
    if (d >= near->distance) return;
    near->best = name;
    near->best_length = length;
    near->distance = d;
}
