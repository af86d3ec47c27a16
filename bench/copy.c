/* SPDX-License-Identifier: MIT
 * The least that a compiler or a linker does: reads files and writes one.
 *
 *     copy OUT IN...     makes OUT of all IN, one after the other */
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

static bool add_file(int to, const char *path)
{
    char piece[65536];
    ssize_t n;
    int from = open(path, O_RDONLY);
    if (from < 0) return false;
    do n = read(from, piece, sizeof piece);
    while (n > 0 && write(to, piece, (size_t)n) == n);
    close(from);
    return n == 0;
}

int main(int argc, char **argv)
{
    int to = argc > 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    bool good = to >= 0;
    for (int i = 2; good && i < argc; i++) good = add_file(to, argv[i]);
    return !good || close(to) != 0;
}
