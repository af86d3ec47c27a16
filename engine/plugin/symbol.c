/* SPDX-License-Identifier: MIT
 * Looks into the tables of the file that a function comes from: dladdr only knows what is exported. */
#include "engine/plugin/symbol.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gelf.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/ascii.h"

/* A name that can be written without quotes. */
static bool is_plain(const char *name)
{
    return name && *name && tg_ascii_name(name, strlen(name)) == strlen(name);
}

/* The function that begins there, in one table; NULL: none. */
static const char *search_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *head, uint64_t address)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    const char *name = NULL;
    for (int i = 0; data && !is_plain(name) && gelf_getsym(data, i, &symbol); i++)
        if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_value == address && symbol.st_shndx != SHN_UNDEF)
            name = elf_strptr(elf, head->sh_link, symbol.st_name);
    return is_plain(name) ? name : NULL;
}

static bool add_from_file(struct tg_buf *b, const char *path, uint64_t address)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const char *name = NULL;
    elf_version(EV_CURRENT);
    Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
    for (Elf_Scn *section = NULL; elf && !name && (section = elf_nextscn(elf, section));) {
        GElf_Shdr head;
        if (gelf_getshdr(section, &head) && (head.sh_type == SHT_SYMTAB || head.sh_type == SHT_DYNSYM))
            name = search_table(elf, section, &head, address);
    }
    if (name) tg_buf_text(b, name);
    elf_end(elf);
    if (fd >= 0) close(fd);
    return name;
}

void tg_symbol_add(struct tg_buf *b, const void *function)
{
    Dl_info info;
    struct link_map *map = NULL;
    bool known = dladdr1(function, &info, (void **)&map, RTLD_DL_LINKMAP) && map;
    /* the program itself has no name in the linker's list */
    const char *path = known && *map->l_name ? map->l_name : "/proc/self/exe";
    if (!known || !add_from_file(b, path, (uintptr_t)function - map->l_addr)) tg_buf_format(b, "*%p", function);
}
