/* SPDX-License-Identifier: MIT
 * Links whose executor is reached through a cluster (cluster.h): what link.h says of one, for an executor on the other side of a driver.
 * A batch goes as a parcel, and comes back as a report when all of it is over; so the page of such a link is memory of this process,
 * which the report fills in. Which executor runs a batch is the driver's affair: nothing is known of what it has from earlier ones.
 * Thread class: as that of the link. */
#ifndef TG_REMOTE_FAR_H
#define TG_REMOTE_FAR_H

#include "engine/remote/link.h"

struct tg_cluster;
struct tg_far;

/* Of a link that was just set up. */
void tg_far_attach(struct tg_link *l, struct tg_cluster *cluster);
void tg_far_detach(struct tg_link *l);

/* Each is the function of link.h with that name, for a link that has `far`. */
bool tg_far_begin(struct tg_link *l, struct tg_err *err);
bool tg_far_send(struct tg_link *l);
void tg_far_make_room(struct tg_link *l, bool any);
void tg_far_drop(struct tg_link *l);
enum tg_link_state tg_far_look(struct tg_link *l, uint32_t entry);
void tg_far_wait(struct tg_link *l, int wake_fd, uint64_t until_ns, bool *woken);
int tg_far_end(struct tg_link *l, uint32_t *ran);
bool tg_far_result(struct tg_link *l, uint32_t entry, struct tg_page_result *result, const void **bytes);

/* How long a batch should take, at least that: the way there and back is to be small beside it. */
uint64_t tg_far_goal_ns(const struct tg_link *l, uint64_t least_ns);

#endif
