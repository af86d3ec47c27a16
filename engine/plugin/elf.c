/* SPDX-License-Identifier: MIT
 * A look at a shared object before the dynamic linker maps it: the head, and that every part it wants to load lies
 * inside the file. */
#include "engine/plugin/elf.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/assert.h"

/* Program headers looked at: a file with more is not one that a linker makes. */
#define MAX_HEADERS 4096

#define NATIVE_CLASS (__ELF_NATIVE_CLASS == 64 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_DATA (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

#if defined __x86_64__
#define NATIVE_MACHINE EM_X86_64
#elif defined __aarch64__
#define NATIVE_MACHINE EM_AARCH64
#else
#define NATIVE_MACHINE EM_NONE /* not known here: the linker looks */
#endif

/* Bytes read, less at the end of the file; -1 on failure. */
static ssize_t read_at(int fd, void *to, size_t bytes, off_t offset)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pread(fd, (char *)to + done, bytes - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static bool fail_cut(const char *what, const char *path, uint64_t have, uint64_t need, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_CANNOT, "%s '%s' is cut off: it has %llu of at least %llu bytes", what, path,
               (unsigned long long)have, (unsigned long long)need);
    tg_err_hint(err, "Build or copy the file again.");
    return false;
}

/* The end of the last byte that is loaded, or of the table itself. */
static bool loaded_end(int fd, const ElfW(Ehdr) * head, uint64_t *end)
{
    *end = (uint64_t)head->e_phoff + (uint64_t)head->e_phnum * sizeof(ElfW(Phdr));
    for (unsigned i = 0; i < head->e_phnum && i < MAX_HEADERS; i++) {
        ElfW(Phdr) part;
        off_t at = (off_t)(head->e_phoff + i * sizeof part);
        if (at < 0 || read_at(fd, &part, sizeof part, at) != (ssize_t)sizeof part) return false;
        uint64_t part_end;
        if (__builtin_add_overflow((uint64_t)part.p_offset, (uint64_t)part.p_filesz, &part_end)) part_end = UINT64_MAX;
        TG_ASSERT(part_end >= part.p_offset);
        if (part.p_type == PT_LOAD && part_end > *end) *end = part_end;
    }
    return true;
}

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_386: return "i386";
    case EM_X86_64: return "x86-64";
    case EM_ARM: return "arm";
    case EM_AARCH64: return "aarch64";
    case EM_RISCV: return "riscv";
    default: return "an unknown one";
    }
}

static bool check_machine(const ElfW(Ehdr) * head, const char *what, const char *path, struct tg_err *err)
{
    const unsigned char *id = head->e_ident;
    if (id[EI_DATA] == NATIVE_DATA && NATIVE_MACHINE != EM_NONE && head->e_machine != NATIVE_MACHINE)
        return tg_err_set(err, TG_EXIT_CANNOT, "%s '%s' is for another machine: %s", what, path, machine_name(head->e_machine));
    if (id[EI_CLASS] != NATIVE_CLASS)
        return tg_err_set(err, TG_EXIT_CANNOT, "%s '%s' is for another machine: one of %d bits", what, path,
                          id[EI_CLASS] == ELFCLASS32 ? 32 : 64);
    if (id[EI_DATA] == NATIVE_DATA) return true;
    return tg_err_set(err, TG_EXIT_CANNOT, "%s '%s' is for another machine: one of another byte order", what, path);
}

bool tg_elf_check(int fd, const char *what, const char *path, struct tg_err *err)
{
    struct stat st;
    ElfW(Ehdr) head;
    if (fstat(fd, &st) != 0) return tg_err_set(err, TG_EXIT_CANNOT, "could not read %s '%s': %s", what, path, strerror(errno));
    ssize_t n = read_at(fd, &head, sizeof head, 0);
    if (n < 0) return tg_err_set(err, TG_EXIT_CANNOT, "could not read %s '%s': %s", what, path, strerror(errno));
    if (n < SELFMAG || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return tg_err_set(err, TG_EXIT_CANNOT, "%s '%s' is not a shared object", what, path);
    if (n < (ssize_t)sizeof head) return fail_cut(what, path, (uint64_t)st.st_size, sizeof head, err);
    if (!check_machine(&head, what, path, err)) return false;
    if (head.e_type != ET_DYN) {
        tg_err_set(err, TG_EXIT_CANNOT, "%s '%s' is not a shared object", what, path);
        if (head.e_type == ET_REL) tg_err_hint(err, "It is an object file: link it with 'cc -shared -fPIC'.");
        return false;
    }
    if (head.e_phentsize != sizeof(ElfW(Phdr))) return true; /* the linker refuses it */
    uint64_t end;
    if (!loaded_end(fd, &head, &end) || end > (uint64_t)st.st_size) return fail_cut(what, path, (uint64_t)st.st_size, end, err);
    return true;
}
