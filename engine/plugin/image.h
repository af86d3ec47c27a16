/* SPDX-License-Identifier: MIT
 * A shared object as the dynamic linker would lay it out, read with libelf and not loaded: bytes and pointers by the
 * addresses that the object itself uses. Files are hostile: whatever an address, offset or count says, no byte past the
 * file is looked at, and no walk is longer than the file. Thread class: owner. */
#ifndef TG_PLUGIN_IMAGE_H
#define TG_PLUGIN_IMAGE_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/vec.h"

/* A word that the dynamic linker changes: by an entry of the relocation table. The address stands first, as below. */
struct tg_image_relocation {
    uint64_t address, order; /* of two for one address, the later counts */
    uint64_t symbol, addend;
    uint32_t type;
};

/* Words to which it adds the object's base: bit i stands for the word i after the address. */
struct tg_image_packed {
    uint64_t address, bits;
};

struct tg_image {
    Elf *elf;
    char *bytes; /* lent */
    size_t size;
    unsigned machine;
    TG_VEC(GElf_Phdr) segments;
    uint64_t dynamic[DT_NUM]; /* by tag; 0: not there */
    uint64_t gnu_hash, relr, relr_bytes;
    Elf_Data *symbols;
    TG_VEC(struct tg_image_relocation) relocations; /* by address */
    TG_VEC(struct tg_image_packed) packed;          /* by address */
};

/* Where a range of addresses lies. Of TG_IMAGE_ZERO, the file has no bytes: it is zeroed, and filled by code if at all. What
 * is TG_IMAGE_CONSTANT cannot be written by the time code runs. */
enum tg_image_place { TG_IMAGE_NOWHERE, TG_IMAGE_ZERO, TG_IMAGE_VARIABLE, TG_IMAGE_CONSTANT };

/* What a pointer will be. TG_IMAGE_LATER: only loading can tell, as of a symbol of another object. */
enum tg_image_pointer { TG_IMAGE_NULL, TG_IMAGE_AT, TG_IMAGE_LATER };

/* A file whose bytes may be changed without changing it. */
struct tg_mapped {
    char *bytes;
    size_t size;
};
/* False and errno if it cannot be read. */
bool tg_image_map(struct tg_mapped *file, int fd);
void tg_image_unmap(struct tg_mapped *file);

/* The image of a whole file for this machine, which has passed tg_elf_check; its bytes are lent, and may be changed. NULL,
 * or what is wrong with it ("its dynamic section lies outside of the file"). To be closed in any case. */
const char *tg_image_open(struct tg_image *m, char *bytes, size_t size);
void tg_image_close(struct tg_image *m);

enum tg_image_place tg_image_place(const struct tg_image *m, uint64_t address, uint64_t length);
/* The bytes of a range as they are in the file; NULL if they are not all there. They need not be aligned. */
const char *tg_image_bytes(const struct tg_image *m, uint64_t address, uint64_t length);
/* A text; NULL if its end is not in the file. */
const char *tg_image_text(const struct tg_image *m, uint64_t address);
/* The pointer that stands at an address of the image, which has 8 bytes in the file. */
enum tg_image_pointer tg_image_pointer(const struct tg_image *m, uint64_t at, uint64_t *address);
/* An exported symbol, found as dlsym would in this object alone. */
bool tg_image_find(const struct tg_image *m, const char *name, GElf_Sym *symbol);
/* The name of the i-th object that this one needs; NULL past the last. */
const char *tg_image_needed(const struct tg_image *m, size_t i);

#endif
