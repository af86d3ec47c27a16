/* SPDX-License-Identifier: MIT
 * Reading a shared object without loading it.
 *
 * As for the dynamic linker, only program headers and the dynamic section count; sections may have been stripped. libelf
 * decodes headers and tables, and refuses what does not lie in the file. Relocations are sorted once, so that each pointer
 * is found by bisection, however the file was made. */
#include "engine/plugin/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "engine/base/assert.h"
#include "engine/base/shortage.h"

/* What an older elf.h does not name. */
#define DYNAMIC_RELR_BYTES 35
#define DYNAMIC_RELR 36

/* Segments that are loaded: each address is looked for in all of them. Linkers make less than ten. */
#define MAX_SEGMENTS 64

#define WORD sizeof(uint64_t)

/* ---- addresses ----------------------------------------------------------------------------------- */

/* The part of a segment from an address on: its bytes in the file, and how many there are, in the file and in memory. */
struct part {
    const GElf_Phdr *segment;
    uint64_t offset, in_file, in_memory;
};

static bool find_part(const struct tg_image *m, uint64_t address, struct part *out)
{
    for (size_t i = m->segments.count; i-- > 0;) { /* a later one would be laid over an earlier one */
        const GElf_Phdr *s = &m->segments.items[i];
        uint64_t at = address - s->p_vaddr;
        if (s->p_type != PT_LOAD || address < s->p_vaddr || at >= s->p_memsz) continue;
        bool there = at < s->p_filesz && s->p_offset <= m->size && at < m->size - s->p_offset;
        uint64_t in_file = there ? s->p_filesz - at : 0, rest = there ? m->size - s->p_offset - at : 0;
        *out = (struct part){s, s->p_offset + at, in_file < rest ? in_file : rest, s->p_memsz - at};
        return true;
    }
    return false;
}

const char *tg_image_bytes(const struct tg_image *m, uint64_t address, uint64_t length)
{
    struct part part;
    if (!find_part(m, address, &part) || part.in_file < length) return NULL;
    TG_ASSERT(part.offset <= m->size && length <= m->size - part.offset);
    return m->bytes + part.offset;
}

const char *tg_image_text(const struct tg_image *m, uint64_t address)
{
    struct part part;
    if (!find_part(m, address, &part) || !part.in_file) return NULL;
    const char *text = m->bytes + part.offset;
    return memchr(text, 0, part.in_file) ? text : NULL;
}

/* Made read-only between relocating and the first code that runs. */
static bool is_sealed(const struct tg_image *m, uint64_t address, uint64_t length)
{
    for (size_t i = 0; i < m->segments.count; i++) {
        const GElf_Phdr *s = &m->segments.items[i];
        uint64_t at = address - s->p_vaddr;
        if (s->p_type == PT_GNU_RELRO && address >= s->p_vaddr && at <= s->p_memsz && length <= s->p_memsz - at) return true;
    }
    return false;
}

enum tg_image_place tg_image_place(const struct tg_image *m, uint64_t address, uint64_t length)
{
    struct part part;
    if (!find_part(m, address, &part) || part.in_memory < length) return TG_IMAGE_NOWHERE;
    if (part.in_file < length) return TG_IMAGE_ZERO;
    return !(part.segment->p_flags & PF_W) || is_sealed(m, address, length) ? TG_IMAGE_CONSTANT : TG_IMAGE_VARIABLE;
}

static bool read_bytes(const struct tg_image *m, uint64_t address, void *to, size_t length)
{
    const char *from = tg_image_bytes(m, address, length);
    if (from) memcpy(to, from, length);
    return from;
}

/* ---- symbols ------------------------------------------------------------------------------------- */

static bool read_symbol(const struct tg_image *m, uint64_t i, GElf_Sym *out)
{
    return i <= INT32_MAX && m->symbols && gelf_getsym(m->symbols, (int)i, out);
}

static bool has_name(const struct tg_image *m, const GElf_Sym *symbol, const char *name)
{
    size_t bytes = strlen(name) + 1; /* no more is read: many symbols may have one endless name */
    const char *text = tg_image_bytes(m, m->dynamic[DT_STRTAB] + symbol->st_name, bytes);
    return symbol->st_shndx != SHN_UNDEF && text && memcmp(text, name, bytes) == 0;
}

static uint32_t gnu_hash_of(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++) hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/* The table: buckets, index of the first symbol, words of a Bloom filter; these words, the buckets, a chain of hashes whose
 * last bit ends it. */
static bool find_by_gnu_hash(const struct tg_image *m, const char *name, GElf_Sym *out)
{
    uint32_t head[4], hash = gnu_hash_of(name), i, here = 0;
    if (!read_bytes(m, m->gnu_hash, head, sizeof head) || !head[0]) return false;
    uint64_t buckets = m->gnu_hash + sizeof head + WORD * head[2], chain = buckets + sizeof i * head[0];
    if (!read_bytes(m, buckets + sizeof i * (hash % head[0]), &i, sizeof i) || i < head[1]) return false;
    for (; !(here & 1); i++) { /* ends: the chain runs out of the file */
        if (!read_bytes(m, chain + sizeof here * (uint64_t)(i - head[1]), &here, sizeof here)) return false;
        if ((here | 1) != (hash | 1) || !read_symbol(m, i, out)) continue;
        if (has_name(m, out, name)) return true;
    }
    return false;
}

static uint32_t sysv_hash_of(const char *name)
{
    uint32_t hash = 0;
    for (; *name; name++) {
        hash = (hash << 4) + (unsigned char)*name;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    return hash;
}

/* The table: buckets, symbols; the buckets, for each symbol the next one. */
static bool find_by_hash(const struct tg_image *m, const char *name, GElf_Sym *out)
{
    uint32_t head[2], i;
    uint64_t table = m->dynamic[DT_HASH], buckets = table + sizeof head;
    if (!read_bytes(m, table, head, sizeof head) || !head[0]) return false;
    uint64_t chain = buckets + sizeof i * head[0];
    if (!read_bytes(m, buckets + sizeof i * (sysv_hash_of(name) % head[0]), &i, sizeof i)) return false;
    if (!tg_image_bytes(m, chain, sizeof i * (uint64_t)head[1])) return false; /* so many steps at most */
    for (uint32_t steps = 0; i && steps < head[1]; steps++) {                  /* a chain may be a circle */
        if (!read_symbol(m, i, out)) return false;
        if (has_name(m, out, name)) return true;
        if (!read_bytes(m, chain + sizeof i * i, &i, sizeof i)) return false;
    }
    return false;
}

bool tg_image_find(const struct tg_image *m, const char *name, GElf_Sym *symbol)
{
    return m->gnu_hash ? find_by_gnu_hash(m, name, symbol) : m->dynamic[DT_HASH] && find_by_hash(m, name, symbol);
}

/* ---- pointers ------------------------------------------------------------------------------------ */

static bool is_relative(const struct tg_image *m, uint32_t type)
{
    return m->machine == EM_AARCH64 ? type == R_AARCH64_RELATIVE : type == R_X86_64_RELATIVE;
}

static bool is_symbolic(const struct tg_image *m, uint32_t type)
{
    if (m->machine == EM_AARCH64) return type == R_AARCH64_ABS64 || type == R_AARCH64_GLOB_DAT;
    return type == R_X86_64_64 || type == R_X86_64_GLOB_DAT;
}

static enum tg_image_pointer relocate(const struct tg_image *m, const struct tg_image_relocation *r, uint64_t *address)
{
    GElf_Sym symbol;
    *address = r->addend;
    if (is_relative(m, r->type)) return TG_IMAGE_AT;
    if (!is_symbolic(m, r->type) || !read_symbol(m, r->symbol, &symbol)) return TG_IMAGE_LATER;
    unsigned kind = GELF_ST_TYPE(symbol.st_info);
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS || kind == STT_GNU_IFUNC || kind == STT_TLS)
        return TG_IMAGE_LATER;
    *address += symbol.st_value;
    return TG_IMAGE_AT;
}

/* Of rows that begin with their address and are sorted by it, the last one that does not lie behind `address`; NULL: none. */
static const void *row_at(const void *rows, size_t count, size_t row_bytes, uint64_t address)
{
    const char *first = rows;
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t at;
        memcpy(&at, first + middle * row_bytes, sizeof at);
        if (at <= address) low = middle + 1;
        else high = middle;
    }
    return low ? first + (low - 1) * row_bytes : NULL;
}

static const struct tg_image_relocation *find_relocation(const struct tg_image *m, uint64_t address)
{
    const struct tg_image_relocation *r = row_at(m->relocations.items, m->relocations.count, sizeof *r, address);
    return r && r->address == address ? r : NULL;
}

static bool is_packed(const struct tg_image *m, uint64_t address)
{
    const struct tg_image_packed *p = row_at(m->packed.items, m->packed.count, sizeof *p, address);
    uint64_t at = p ? address - p->address : 0;
    return p && at % WORD == 0 && at / WORD < 64 && p->bits >> at / WORD & 1;
}

enum tg_image_pointer tg_image_pointer(const struct tg_image *m, uint64_t at, uint64_t *address)
{
    const struct tg_image_relocation *r = find_relocation(m, at);
    *address = 0;
    if (r) return relocate(m, r, address);
    if (!read_bytes(m, at, address, sizeof *address)) return TG_IMAGE_LATER;
    if (is_packed(m, at)) return TG_IMAGE_AT;
    return *address ? TG_IMAGE_LATER : TG_IMAGE_NULL;
}

/* ---- opening ------------------------------------------------------------------------------------- */

/* A table of the file as libelf decodes it; NULL if it is not all there. */
static Elf_Data *read_table(const struct tg_image *m, uint64_t address, uint64_t length, Elf_Type type)
{
    struct part part;
    if (!find_part(m, address, &part) || part.in_file < length || !length) return NULL;
    errno = 0;
    Elf_Data *data = elf_getdata_rawchunk(m->elf, (int64_t)part.offset, length, type);
    if (!data) tg_shortage_check(errno); /* what was not read would be said not to be there */
    return data;
}

static const char *read_segments(struct tg_image *m)
{
    size_t count;
    if (elf_getphdrnum(m->elf, &count) != 0) return "it has no program headers";
    for (size_t i = 0; i < count && i < INT32_MAX; i++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(m->elf, (int)i, &segment)) return "its program headers lie outside of the file";
        if (segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC || segment.p_type == PT_GNU_RELRO)
            tg_vec_push(&m->segments, segment);
        if (m->segments.count > MAX_SEGMENTS) return "it has too many segments";
    }
    return NULL;
}

static const GElf_Phdr *find_dynamic(const struct tg_image *m)
{
    for (size_t i = 0; i < m->segments.count; i++)
        if (m->segments.items[i].p_type == PT_DYNAMIC) return &m->segments.items[i];
    return NULL;
}

static Elf_Data *dynamic_table(const struct tg_image *m)
{
    const GElf_Phdr *s = find_dynamic(m);
    return s ? read_table(m, s->p_vaddr, s->p_filesz - s->p_filesz % sizeof(Elf64_Dyn), ELF_T_DYN) : NULL;
}

static const char *read_dynamic(struct tg_image *m)
{
    Elf_Data *table = dynamic_table(m);
    GElf_Dyn d;
    if (!table) return "its dynamic section lies outside of the file";
    for (int i = 0; gelf_getdyn(table, i, &d) && d.d_tag != DT_NULL; i++) {
        if (d.d_tag == DT_GNU_HASH) m->gnu_hash = d.d_un.d_val;
        else if (d.d_tag == DYNAMIC_RELR) m->relr = d.d_un.d_val;
        else if (d.d_tag == DYNAMIC_RELR_BYTES) m->relr_bytes = d.d_un.d_val;
        else if (d.d_tag > 0 && d.d_tag < DT_NUM) m->dynamic[d.d_tag] = d.d_un.d_val;
    }
    return NULL;
}

/* How many symbols there are is told nowhere: up to the end of the segment. */
static void read_symbols(struct tg_image *m)
{
    struct part part;
    uint64_t table = m->dynamic[DT_SYMTAB];
    if (!table || !find_part(m, table, &part)) return;
    m->symbols = read_table(m, table, part.in_file - part.in_file % sizeof(Elf64_Sym), ELF_T_SYM);
}

static int by_address(const void *a, const void *b)
{
    const struct tg_image_relocation *x = a, *y = b;
    if (x->address != y->address) return x->address < y->address ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static const char *read_relocations(struct tg_image *m)
{
    uint64_t length = m->dynamic[DT_RELASZ];
    if (m->dynamic[DT_REL]) return "its relocations have no addends";
    if (!m->dynamic[DT_RELA] || !length) return NULL;
    Elf_Data *table = read_table(m, m->dynamic[DT_RELA], length, ELF_T_RELA);
    GElf_Rela r;
    if (!table) return "its relocations lie outside of the file";
    for (int i = 0; gelf_getrela(table, i, &r); i++)
        tg_vec_push(&m->relocations, ((struct tg_image_relocation){r.r_offset, (uint64_t)i, GELF_R_SYM(r.r_info),
                                                                   (uint64_t)r.r_addend, (uint32_t)GELF_R_TYPE(r.r_info)}));
    if (m->relocations.count) qsort(m->relocations.items, m->relocations.count, sizeof *m->relocations.items, by_address);
    return NULL;
}

static int by_packed_address(const void *a, const void *b)
{
    const struct tg_image_packed *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* Packed: an even word is an address; an odd one says with 63 bits which of the words after it follow. */
static const char *read_packed(struct tg_image *m)
{
    uint64_t next = 0, word;
    for (uint64_t at = 0; at + WORD <= m->relr_bytes; at += WORD) {
        if (!read_bytes(m, m->relr + at, &word, sizeof word)) return "its relocations lie outside of the file";
        struct tg_image_packed p = word & 1 ? (struct tg_image_packed){next, word >> 1} : (struct tg_image_packed){word, 1};
        tg_vec_push(&m->packed, p);
        next = word & 1 ? next + 63 * WORD : word + WORD;
    }
    if (m->packed.count) qsort(m->packed.items, m->packed.count, sizeof *m->packed.items, by_packed_address);
    return NULL;
}

/* Section headers, which loading never looks at, may be stripped or wrong. */
static void forget_sections(char *bytes)
{
    Elf64_Ehdr head;
    memcpy(&head, bytes, sizeof head);
    head.e_shoff = 0;
    head.e_shnum = 0;
    head.e_shstrndx = 0;
    memcpy(bytes, &head, sizeof head);
}

const char *tg_image_open(struct tg_image *m, char *bytes, size_t size)
{
    GElf_Ehdr head;
    *m = (struct tg_image){.bytes = bytes, .size = size};
    if (size < sizeof(Elf64_Ehdr) || bytes[EI_CLASS] != ELFCLASS64) return "it is no file of 64 bits";
    forget_sections(bytes);
    elf_version(EV_CURRENT);
    errno = 0;
    m->elf = elf_memory(bytes, size);
    if (!m->elf) tg_shortage_check(errno);
    if (!m->elf || !gelf_getehdr(m->elf, &head)) return "its head cannot be read";
    m->machine = head.e_machine;
    if (m->machine != EM_X86_64 && m->machine != EM_AARCH64) return "only files for x86-64 and aarch64 can be read";
    const char *why = read_segments(m);
    if (!why) why = read_dynamic(m);
    if (!why) why = read_relocations(m);
    if (!why) why = read_packed(m);
    if (!why) read_symbols(m);
    return why;
}

void tg_image_close(struct tg_image *m)
{
    elf_end(m->elf);
    tg_vec_done(&m->segments);
    tg_vec_done(&m->relocations);
    tg_vec_done(&m->packed);
}

bool tg_image_map(struct tg_mapped *file, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return false;
    file->size = (size_t)st.st_size;
    file->bytes = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    if (file->bytes != MAP_FAILED) return true;
    tg_shortage_check(errno);
    return false;
}

void tg_image_unmap(struct tg_mapped *file)
{
    munmap(file->bytes, file->size);
}

/* ---- what it needs ------------------------------------------------------------------------------- */

const char *tg_image_needed(const struct tg_image *m, size_t i)
{
    Elf_Data *table = dynamic_table(m);
    GElf_Dyn d;
    for (int at = 0; table && gelf_getdyn(table, at, &d) && d.d_tag != DT_NULL; at++)
        if (d.d_tag == DT_NEEDED && i-- == 0) return tg_image_text(m, m->dynamic[DT_STRTAB] + d.d_un.d_val);
    return NULL;
}
