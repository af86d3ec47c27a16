/* SPDX-License-Identifier: MIT
 * An executor that lies, for test_remote.c: the test program itself, called as tgrun calls its executors. What it does is named by
 * $TG_TEST_LIE; without that it is an honest one. */
#ifndef TG_TEST_LYING_H
#define TG_TEST_LYING_H

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/remote/executor.h"
#include "engine/remote/page.h"
#include "engine/remote/wire.h"
#include "engine/value/codec.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/mapped.h"
#include "engine/value/str.h"

static struct tg_page *lying_page;
static uint32_t lying_batch; /* the number of the last batch */

static void lie_send(enum tg_wire_kind kind, uint32_t number, uint64_t more, int fd)
{
    if (tg_wire_send(STDIN_FILENO, (struct tg_wire_head){kind, number, more}, NULL, 0, fd) && lying_page)
        atomic_fetch_add(&lying_page->said, 1);
}

static void lie_ready(const char *why)
{
    tg_wire_send(STDIN_FILENO, (struct tg_wire_head){.kind = TG_WIRE_READY}, why, strlen(why), -1);
}

/* Entry 0 is done, and the batch over. */
static void lie_done(void)
{
    atomic_store(&lying_page->done, 1);
    atomic_store(&lying_page->ended, lying_batch);
    lie_send(TG_WIRE_WAKE, 0, 0, -1);
}

static void lie_result(uint32_t offset, uint32_t bytes, uint32_t status)
{
    lying_page->results[0] = (struct tg_page_result){.offset = offset, .bytes = bytes, .status = status};
    lie_done();
}

/* A result of this value. */
static void lie_value(tg_value take_v, uint32_t status)
{
    struct tg_buf b = {0};
    const struct tg_codec codec = {.futures = true};
    tg_codec_encode(&codec, take_v, &b, NULL);
    memcpy(lying_page->result_bytes, b.data, b.length);
    lie_result(0, (uint32_t)b.length, status);
    tg_buf_done(&b);
    tg_value_unref(take_v);
}

/* Words over the page but its limits, which say when it is to stop. */
static void lie_over_page(uint64_t seed)
{
    for (size_t i = 0; i < sizeof *lying_page; i += sizeof seed) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy((char *)lying_page + i, &seed, sizeof seed);
    }
    lie_send(TG_WIRE_WAKE, 0, 0, -1);
}

static void lie_for_ever(void)
{
    for (;;) pause();
}

/* Descriptors that nobody asked for, on one message. */
static void lie_descriptors(enum tg_wire_kind kind, int count)
{
    for (int i = 0; i < count; i++) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        lie_send(kind, (uint32_t)i, 4096, fd);
        close(fd);
    }
}

/* More than a message may have. */
static void lie_too_much(void)
{
    static char text[2 * TG_WIRE_TEXT];
    if (send(STDIN_FILENO, text, sizeof text, MSG_NOSIGNAL) < 0) _exit(9);
}

/* Descriptors where there is room for one, or two. */
static void lie_together(int count)
{
    int fds[8] = {0};
    struct tg_wire_head head = {.kind = TG_WIRE_LOG};
    struct iovec part = {&head, sizeof head};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof fds)];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN((size_t)count * sizeof *fds)};
    memcpy(CMSG_DATA(c), fds, (size_t)count * sizeof *fds);
    message.msg_controllen = CMSG_SPACE((size_t)count * sizeof *fds);
    if (sendmsg(STDIN_FILENO, &message, MSG_NOSIGNAL) < 0) _exit(9);
}

static bool lies(const char *lie, const char *name)
{
    return strcmp(lie, name) == 0;
}

/* Before it is ready. */
static void lie_at_greeting(const char *lie)
{
    if (lies(lie, "end at once")) _exit(0);
    struct tg_wire m;
    if (tg_wire_receive(STDIN_FILENO, &m, true) <= 0) _exit(1);
    if (lies(lie, "end after the greeting")) _exit(3);
    if (lies(lie, "crash after the greeting")) raise(SIGKILL);
    lying_page = mmap(NULL, sizeof *lying_page, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
    if (lies(lie, "close at the greeting")) {
        close(STDIN_FILENO);
        lie_for_ever();
    }
    if (lies(lie, "garbage at the greeting") && send(STDIN_FILENO, "?", 1, MSG_NOSIGNAL) < 0) _exit(9);
    if (lies(lie, "say why not")) lie_ready("the moon is full");
    if (lies(lie, "talk before it is ready")) lie_send(TG_WIRE_LOG, 0, 0, -1), lie_descriptors(TG_WIRE_BUFFER, 3);
    if (ftruncate(m.fd, 0) == 0) _exit(9); /* it is sealed */
    lie_ready("");
    if (lies(lie, "end when it is ready")) _exit(0);
}

/* When it has a batch. True if that was all. */
static bool lie_in_batch(const char *lie)
{
    atomic_store(&lying_page->begun, 1);
    if (lies(lie, "done without a result")) return lie_done(), true;
    if (lies(lie, "over without a result"))
        return atomic_store(&lying_page->ended, lying_batch), lie_send(TG_WIRE_WAKE, 0, 0, -1), true;
    if (lies(lie, "result outside")) return lie_result(TG_PAGE_RESULT_BYTES - 1, 2, TG_PAGE_GAVE), true;
    if (lies(lie, "result far outside")) return lie_result(UINT32_MAX - 1, 100, TG_PAGE_GAVE), true;
    if (lies(lie, "result too long")) return lie_result(0, UINT32_MAX, TG_PAGE_GAVE), true;
    if (lies(lie, "result nowhere")) return lie_result(TG_PAGE_APART, 10, TG_PAGE_GAVE), true;
    if (lies(lie, "no such status")) return lie_value(tg_int(1), 77), true;
    if (lies(lie, "wrong kind")) return lie_value(tg_str("42"), TG_PAGE_GAVE), true;
    if (lies(lie, "a future")) return lie_value(tg_future(3), TG_PAGE_GAVE), true;
    if (lies(lie, "failed with nonsense")) return lie_value(tg_int(1), TG_PAGE_FAILED), true;
    if (lies(lie, "added where it may not")) return lie_value(tg_list_make(0), TG_PAGE_ADDED), true;
    if (lies(lie, "unrun")) return lie_result(0, 0, TG_PAGE_UNRUN), true;
    if (lies(lie, "apart in no memory"))
        return lie_descriptors(TG_WIRE_RESULT, 1), lie_result(TG_PAGE_APART, 10, TG_PAGE_GAVE), true;
    if (lies(lie, "many said")) return atomic_fetch_add(&lying_page->said, 1u << 30), lie_value(tg_int(42), TG_PAGE_GAVE), true;
    if (lies(lie, "descriptors for nothing"))
        return lie_descriptors(TG_WIRE_BUFFER, 50), lie_descriptors(99, 50), lie_value(tg_int(42), TG_PAGE_GAVE), true;
    if (lies(lie, "talk before it is ready")) return lie_value(tg_int(42), TG_PAGE_GAVE), true;
    if (lies(lie, "two descriptors together")) return lie_together(2), lie_value(tg_int(42), TG_PAGE_GAVE), true;
    return false;
}

static void lie_badly(const char *lie)
{
    if (lies(lie, "never answer")) lie_for_ever();
    if (lies(lie, "many said, never done")) atomic_fetch_add(&lying_page->said, 1u << 30), lie_for_ever();
    if (lies(lie, "close")) close(STDIN_FILENO), lie_for_ever();
    if (lies(lie, "garbage") && send(STDIN_FILENO, "?", 1, MSG_NOSIGNAL) > 0) lie_for_ever();
    if (lies(lie, "too much")) lie_too_much(), lie_for_ever();
    if (lies(lie, "eight descriptors together")) lie_together(8), lie_for_ever();
    if (lies(lie, "flood"))
        for (;;) lie_send(TG_WIRE_LOG, 0, 1, -1);
    if (lies(lie, "random page")) {
        for (uint64_t seed = lying_batch;; seed++) lie_over_page(seed);
    }
    if (lies(lie, "exit")) exit(7);
    if (lies(lie, "crash")) signal(SIGSEGV, SIG_DFL), raise(SIGSEGV);
    if (lies(lie, "killed")) raise(SIGKILL);
    _exit(99);
}

__attribute__((constructor)) static void be_executor(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], "exec") != 0 || !tg_executor_is_called()) return;
    const char *lie = getenv("TG_TEST_LIE");
    if (!lie) exit(tg_executor_main());
    lie_at_greeting(lie);
    struct tg_wire m;
    while (tg_wire_receive(STDIN_FILENO, &m, true) > 0) {
        if (m.head.kind != TG_WIRE_BATCH) continue;
        lying_batch = m.head.number;
        if (!lie_in_batch(lie)) lie_badly(lie);
    }
    _exit(0);
}

#endif
