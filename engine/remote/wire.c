/* SPDX-License-Identifier: MIT
 * Messages with descriptors (unix(7), SCM_RIGHTS). */
#include "engine/remote/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool tg_wire_send(int socket, struct tg_wire_head head, const void *text, size_t length, int fd)
{
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)text, length}};
    union control control;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = length ? 2 : 1};
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    ssize_t sent;
    while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0) {
        if (errno == ENOBUFS) poll(NULL, 0, 1);
        else if (errno != EINTR) return false;
    }
    return true;
}

/* Takes the descriptor out of the message; others that came with it are closed. */
static int take_fd(struct msghdr *message)
{
    int found = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof found;
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (found < 0) found = fd;
            else close(fd);
        }
    }
    return found;
}

int tg_wire_receive(int socket, struct tg_wire *out, bool wait)
{
    struct iovec parts[2] = {{&out->head, sizeof out->head}, {out->text, sizeof out->text}};
    union control control;
    struct msghdr message = {
        .msg_iov = parts, .msg_iovlen = 2, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t got;
    while ((got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT))) < 0 && errno == EINTR) {}
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    if (got <= 0) return -1;
    out->fd = take_fd(&message);
    if ((size_t)got < sizeof out->head || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        if (out->fd >= 0) close(out->fd);
        return -1;
    }
    out->length = (size_t)got - sizeof out->head;
    return 1;
}
