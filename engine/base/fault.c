/* SPDX-License-Identifier: MIT
 * What is known of a crash. libgcc walks the frames; symbols are looked up in the files, since the dynamic linker knows only those that
 * are exported, and functions of tasks hardly ever are. */
#include "engine/base/fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "engine/base/compiler.h"
#include "engine/base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A copy that takes longer hangs. */
#define ASIDE_SECONDS 10

/* An access so near to the stack's end is one of the stack: a frame, and the page that keeps it from what lies beyond. */
#define FRAME_BYTES ((uintptr_t)1 << 20)
#define BELOW_BYTES ((uintptr_t)64 << 10)

/* The first addresses belong to nobody: what is there was a field of what a null pointer should point to. */
#define NULL_BYTES 4096

#define LINES_SHOWN 16
#define ADDRESSES_SHOWN 8

static const struct {
    int number;
    const char *name;
} signal_names[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
    {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"},
};

/* ---- a copy of the process ----------------------------------------------------------------------- */

/* It ends of what it does, without a word and without a core. */
static _Noreturn void be_copy(void (*body)(void *data), void *data)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    signal(SIGALRM, SIG_DFL);
    for (size_t i = 0; i < COUNT(signal_names); i++) {
        signal(signal_names[i].number, SIG_DFL);
        sigaddset(&set, signal_names[i].number);
    }
    prctl(PR_SET_DUMPABLE, 0);
    alarm(ASIDE_SECONDS);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    body(data);
    for (;;) syscall(SYS_exit_group, 0);
}

/* Who waits for any child must not get this one: it tells nobody of its end. */
bool tg_fault_aside(void (*body)(void *data), void *data)
{
    sigset_t all, before;
    int status = -1, error = errno;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (pid == 0) be_copy(body, data);
    while (pid > 0 && waitpid(pid, &status, __WALL) < 0 && errno == EINTR) {}
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return pid > 0 && status == 0;
}

/* ---- registers ----------------------------------------------------------------------------------- */

struct registers {
    uintptr_t pc, sp; /* 0: not known on this machine */
};

static struct registers read_registers(const ucontext_t *at)
{
#if defined(__x86_64__)
    return (struct registers){(uintptr_t)at->uc_mcontext.gregs[REG_RIP], (uintptr_t)at->uc_mcontext.gregs[REG_RSP]};
#elif defined(__aarch64__)
    return (struct registers){(uintptr_t)at->uc_mcontext.pc, (uintptr_t)at->uc_mcontext.sp};
#else
    (void)at;
    return (struct registers){0};
#endif
}

/* As if the function that was just called had returned. */
static void leave_function(ucontext_t *at)
{
#if defined(__x86_64__)
    uintptr_t *sp = (uintptr_t *)at->uc_mcontext.gregs[REG_RSP];
    at->uc_mcontext.gregs[REG_RIP] = (greg_t)(*sp - 1);
    at->uc_mcontext.gregs[REG_RSP] = (greg_t)(sp + 1);
#elif defined(__aarch64__)
    at->uc_mcontext.pc = at->uc_mcontext.regs[30] - 4;
#else
    (void)at;
#endif
}

/* The stack's guard page was touched: by what is pushed, or somewhere in a large frame. */
static bool is_overflow(int number, const siginfo_t *info, uintptr_t sp)
{
    uintptr_t touched = (uintptr_t)info->si_addr;
    if ((number != SIGSEGV && number != SIGBUS) || info->si_code <= 0 || !sp) return false;
    return touched < sp + FRAME_BYTES && touched + BELOW_BYTES >= sp;
}

/* ---- symbols ------------------------------------------------------------------------------------- */

struct file {
    const char *data;
    size_t size;
};

/* A table of `count` items in the file; NULL if the file ends before. */
static const void *table_at(const struct file *file, uint64_t at, uint64_t bytes)
{
    return at <= file->size && bytes <= file->size - at ? file->data + at : NULL;
}

static void take_symbol(struct tg_fault_frame *frame, const char *name, size_t length, uint64_t offset)
{
    if (length >= sizeof frame->symbol) length = sizeof frame->symbol - 1;
    memcpy(frame->symbol, name, length);
    frame->symbol[length] = 0;
    frame->symbol_offset = offset;
}

/* The function in the table at whose code the frame is. */
static bool search_symbols(const struct file *file, const ElfW(Shdr) * table, const ElfW(Shdr) * names,
                           struct tg_fault_frame *frame)
{
    const ElfW(Sym) *symbols = table_at(file, table->sh_offset, table->sh_size);
    const char *texts = table_at(file, names->sh_offset, names->sh_size);
    for (size_t i = 0; symbols && texts && i < table->sh_size / sizeof *symbols; i++) {
        const ElfW(Sym) *s = &symbols[i];
        if (ELF64_ST_TYPE(s->st_info) != STT_FUNC || s->st_shndx == SHN_UNDEF || s->st_name >= names->sh_size) continue;
        if (frame->offset < s->st_value || frame->offset - s->st_value >= s->st_size) continue;
        const char *name = texts + s->st_name;
        take_symbol(frame, name, strnlen(name, names->sh_size - s->st_name), frame->offset - s->st_value);
        return true;
    }
    return false;
}

/* The table of all functions; of a file that is stripped, of those that are exported. */
static void search_file(const struct file *file, struct tg_fault_frame *frame)
{
    const ElfW(Ehdr) *head = table_at(file, 0, sizeof *head);
    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_shentsize != sizeof(ElfW(Shdr))) return;
    const ElfW(Shdr) *sections = table_at(file, head->e_shoff, (uint64_t)head->e_shnum * sizeof *sections);
    static const ElfW(Word) kinds[] = {SHT_SYMTAB, SHT_DYNSYM};
    for (size_t k = 0; sections && k < COUNT(kinds); k++)
        for (size_t i = 0; i < head->e_shnum; i++)
            if (sections[i].sh_type == kinds[k] && sections[i].sh_link < head->e_shnum &&
                search_symbols(file, &sections[i], &sections[sections[i].sh_link], frame))
                return;
}

static void look_up_symbol(const char *path, struct tg_fault_frame *frame)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) return;
    struct file file = {mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0), (size_t)st.st_size};
    close(fd);
    if (file.data == MAP_FAILED) return;
    search_file(&file, frame);
    munmap((void *)file.data, file.size);
}

static const struct link_map *find_object(uint64_t pc, Dl_info *info)
{
    struct link_map *map = NULL;
    return dladdr1((const void *)(uintptr_t)pc, info, (void **)&map, RTLD_DL_LINKMAP) ? map : NULL;
}

/* Of what cannot be read any more, such as a file that was replaced, the dynamic linker knows some symbols. */
static void name_frame(struct tg_fault_frame *frame)
{
    Dl_info info, own;
    const struct link_map *map = find_object(frame->pc, &info);
    if (!map) return;
    const char *path = *map->l_name ? map->l_name : "/proc/self/exe";
    size_t length = strlen(path);
    frame->host = map == find_object((uintptr_t)name_frame, &own);
    frame->offset = frame->pc - map->l_addr;
    if (!*map->l_name) length = (size_t)readlink(path, frame->object, sizeof frame->object);
    else if (length < sizeof frame->object) memcpy(frame->object, path, length);
    frame->object[length < sizeof frame->object ? length : 0] = 0;
    look_up_symbol(path, frame);
    if (*frame->symbol || !info.dli_sname) return;
    take_symbol(frame, info.dli_sname, strlen(info.dli_sname), frame->pc - (uintptr_t)info.dli_saddr);
}

/* ---- frames -------------------------------------------------------------------------------------- */

struct unwinding {
    struct tg_fault *f;
    ucontext_t *at;
    bool begun; /* the frame of the crash was met: before it are those of the handler */
};

static void add_frame(struct tg_fault *f, uint64_t pc)
{
    f->frames[f->frame_count].pc = pc;
    f->frame_count++;
}

static _Unwind_Reason_Code see_frame(struct _Unwind_Context *context, void *walk)
{
    struct unwinding *w = walk;
    int exact = 0; /* no call was about to return here */
    uintptr_t pc = _Unwind_GetIPInfo(context, &exact);
    if (!w->begun) w->begun = pc == read_registers(w->at).pc;
    if (!w->begun) return _URC_NO_REASON;
    if (!pc || w->f->frame_count == TG_FAULT_FRAMES) return _URC_END_OF_STACK;
    add_frame(w->f, exact ? pc : pc - 1);
    return _URC_NO_REASON;
}

/* In a copy of the process: where a call led nowhere, the way begins at the caller. */
static void walk_frames(void *walk)
{
    struct unwinding *w = walk;
    Dl_info info;
    uintptr_t pc = read_registers(w->at).pc;
    bool nowhere = pc == w->f->address && !find_object(pc, &info);
    if (nowhere || !pc) add_frame(w->f, pc);
    if (nowhere) leave_function(w->at);
    _Unwind_Backtrace(see_frame, w);
    if (!w->f->frame_count) add_frame(w->f, pc);
    for (uint32_t i = 0; i < w->f->frame_count; i++) name_frame(&w->f->frames[i]);
    w->f->complete = true;
}

void tg_fault_collect(struct tg_fault *f, int number, const siginfo_t *info, void *context)
{
    memset(f, 0, sizeof *f);
    f->signal = number;
    f->code = info->si_code;
    if (f->code <= 0) f->sender = info->si_pid;
    else f->address = (uintptr_t)info->si_addr;
    f->overflow = is_overflow(number, info, read_registers(context).sp);
    struct unwinding walk = {.f = f, .at = context};
    if (f->code > 0 || f->sender == getpid()) tg_fault_aside(walk_frames, &walk);
}

void tg_fault_watch(void (*handler)(int number, siginfo_t *info, void *context), int flags)
{
    static char room[TG_FAULT_STACK_BYTES] __attribute__((aligned(16)));
    if (TG_SANITIZED) return;
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
    for (size_t i = 0; i < COUNT(signal_names); i++) sigaction(signal_names[i].number, &action, NULL);
}

/* ---- of another process -------------------------------------------------------------------------- */

/* A text that ends, in one line, and in UTF-8. */
static void clean_text(char *text, size_t room)
{
    text[room - 1] = 0;
    size_t length = strlen(text);
    bool valid = tg_utf8_valid(text, length) == length;
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || (!valid && (unsigned char)*c > 0x7f)) *c = '?';
}

/* What is neither 0 nor 1 is no bool that may be looked at. */
static void clean_truth(bool *truth)
{
    unsigned char byte;
    memcpy(&byte, truth, 1);
    *truth = byte != 0;
}

void tg_fault_clean(struct tg_fault *f)
{
    clean_truth(&f->overflow);
    clean_truth(&f->complete);
    if (f->frame_count > TG_FAULT_FRAMES) f->frame_count = TG_FAULT_FRAMES;
    for (uint32_t i = 0; i < TG_FAULT_FRAMES; i++) {
        struct tg_fault_frame *frame = &f->frames[i];
        clean_truth(&frame->host);
        clean_text(frame->object, sizeof frame->object);
        clean_text(frame->symbol, sizeof frame->symbol);
    }
}

/* ---- words --------------------------------------------------------------------------------------- */

static const char *say_signal(const struct tg_fault *f)
{
    switch (f->signal) {
    case SIGSEGV: return "invalid memory access";
    case SIGBUS:
        return f->code == BUS_ADRALN ? "misaligned memory access"
                                     : "access to memory behind the end of a file that is mapped, or that is broken";
    case SIGFPE: return f->code == FPE_INTDIV ? "division by zero or overflow of an int" : "arithmetic that has no result";
    case SIGILL: return "illegal instruction";
    case SIGTRAP: return "trap for a debugger";
    case SIGSYS: return "system call that is not allowed";
    }
    return "unknown reason";
}

/* SI_KERNEL: of an address that no processor takes, it is not told which. */
static void add_address(struct tg_buf *b, const struct tg_fault *f)
{
    bool memory = f->signal == SIGSEGV || f->signal == SIGBUS;
    if (f->code == SI_KERNEL || (!memory && f->signal != SIGILL)) return;
    tg_buf_format(b, " at 0x%llx", (unsigned long long)f->address);
    if (memory && f->address < NULL_BYTES) tg_buf_text(b, " (a null pointer)");
}

void tg_fault_words(struct tg_buf *b, const struct tg_fault *f)
{
    const char *name = "signal";
    for (size_t i = 0; i < COUNT(signal_names); i++)
        if (signal_names[i].number == f->signal) name = signal_names[i].name;
    tg_buf_format(b, "%s: ", name);
    if (f->overflow) {
        tg_buf_text(b, "stack overflow");
    } else if (f->code > 0) {
        tg_buf_text(b, say_signal(f));
        add_address(b, f);
    } else if (f->signal == SIGABRT && f->frame_count) {
        tg_buf_text(b, "abort was called");
    } else {
        tg_buf_format(b, "sent by process %d", (int)f->sender);
    }
}

/* ---- where --------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Of the library that calls C functions by their signatures, which may be part of tgrun. */
static bool is_call(const struct tg_fault_frame *frame)
{
    bool library = strncmp(base_name(frame->object), "libffi.so", strlen("libffi.so")) == 0;
    return library || (frame->host && strncmp(frame->symbol, "ffi_call", strlen("ffi_call")) == 0);
}

/* Neither of tgrun nor of the C library. */
static bool is_foreign(const struct tg_fault_frame *frame)
{
    static const char *const system[] = {"libc.so", "libc-", "libpthread", "ld-linux", "linux-vdso"};
    const char *name = base_name(frame->object);
    for (size_t i = 0; i < COUNT(system); i++)
        if (strncmp(name, system[i], strlen(system[i])) == 0) return false;
    return *name && !frame->host && !is_call(frame);
}

/* Where it happened: where others' code was left. */
static const struct tg_fault_frame *find_culprit(const struct tg_fault *f)
{
    for (uint32_t i = 0; i < f->frame_count; i++)
        if (is_foreign(&f->frames[i])) return &f->frames[i];
    return f->frame_count ? &f->frames[0] : NULL;
}

/* How many are worth showing: further out there are only those that run tasks. A function of the C library may be a task itself. */
static uint32_t count_shown(const struct tg_fault *f)
{
    for (uint32_t i = f->frame_count; i > 0; i--)
        if (is_foreign(&f->frames[i - 1])) return i;
    for (uint32_t i = 1; i < f->frame_count; i++)
        if (is_call(&f->frames[i])) return i;
    return f->frame_count;
}

/* "name+0x12", or the address. */
static void add_symbol(struct tg_buf *b, const struct tg_fault_frame *frame)
{
    if (*frame->symbol) tg_buf_format(b, "%s+0x%llx", frame->symbol, (unsigned long long)frame->symbol_offset);
    else tg_buf_format(b, "0x%llx", (unsigned long long)(*frame->object ? frame->offset : frame->pc));
}

/* A function that calls itself has one line. */
static void add_frames(struct tg_buf *b, const struct tg_fault *f)
{
    uint32_t shown = count_shown(f), lines = 0;
    for (uint32_t i = 0, same; i < shown && lines < LINES_SHOWN; i += same, lines++) {
        const struct tg_fault_frame *frame = &f->frames[i];
        for (same = 1; i + same < shown && f->frames[i + same].pc == frame->pc;) same++;
        tg_buf_text(b, "    ");
        add_symbol(b, frame);
        if (*frame->object) tg_buf_format(b, " of %s", base_name(frame->object));
        if (same > 1) tg_buf_format(b, ", %u times%s", same, i + same == TG_FAULT_FRAMES ? " and more" : "");
        tg_buf_char(b, '\n');
    }
}

/* The program that knows the lines, and what it is to be asked. */
static void add_hint(struct tg_buf *b, const struct tg_fault *f, const struct tg_fault_frame *culprit)
{
    uint32_t shown = count_shown(f), asked = 0;
    uint64_t last = 0;
    tg_buf_format(b, "Lines of the source, if the file has them: addr2line -fe '%s'", culprit->object);
    for (uint32_t i = 0; i < shown && asked < ADDRESSES_SHOWN; i++) {
        const struct tg_fault_frame *frame = &f->frames[i];
        if (strcmp(frame->object, culprit->object) != 0 || (asked && frame->offset == last)) continue;
        last = frame->offset;
        tg_buf_format(b, " 0x%llx", (unsigned long long)last);
        asked++;
    }
}

void tg_fault_where(struct tg_buf *b, const struct tg_fault *f)
{
    const struct tg_fault_frame *culprit = find_culprit(f);
    if (!culprit) return;
    tg_buf_text(b, "in ");
    add_symbol(b, culprit);
    if (*culprit->object) tg_buf_format(b, " of %s", culprit->object);
    tg_buf_text(b, "\nbacktrace:\n");
    add_frames(b, f);
}

void tg_fault_hint(struct tg_buf *b, const struct tg_fault *f)
{
    const struct tg_fault_frame *culprit = find_culprit(f);
    if (culprit && *culprit->object) add_hint(b, f, culprit);
}

void tg_fault_print(struct tg_buf *b, const struct tg_fault *f)
{
    const struct tg_fault_frame *culprit = find_culprit(f);
    tg_fault_where(b, f);
    if (!culprit || !*culprit->object) return;
    tg_buf_text(b, "hint: ");
    add_hint(b, f, culprit);
    tg_buf_char(b, '\n');
}
