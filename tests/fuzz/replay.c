/* SPDX-License-Identifier: MIT
 * Replays a fuzz harness's corpus without a fuzzer: every file of the folder is one test, fed whole and cut off at
 * several places. A crash or a sanitizer's report ends the program, and the test runner counts that. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 8 };

/* Feeds a copy of exactly `size` bytes, so that a sanitizer sees a read past the end. */
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static bool replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, room = 0;
    if (!file) return false;
    do {
        room = room ? 2 * room : 4096;
        data = realloc(data, room);
        if (!data) abort();
        size += fread(data + size, 1, room - size, file);
    } while (size == room);
    fclose(file);
    for (int cut = 1; cut <= CUTS; cut++) feed(data, size * (size_t)cut / CUTS);
    free(data);
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int count = argc == 2 ? scandir(argv[1], &entries, is_visible, alphasort) : -1;
    int failures = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        bool read = replay(path);
        failures += !read;
        printf("%sok %d %s\n", read ? "" : "not ", i + 1, entries[i]->d_name);
        fflush(stdout);
        free(entries[i]);
    }
    free(entries);
    if (count < 0) fprintf(stderr, "replay: no corpus folder '%s'\n", argc == 2 ? argv[1] : "");
    else printf("1..%d\n", count);
    return failures || count <= 0;
}
