/* SPDX-License-Identifier: MIT
 * The root object: makes registry and graph, and joins them: the graph's gathering tasks are tasks of the built-in
 * plugin. */
#include "engine/session.h"

#include <string.h>

#include "engine/base/assert.h"
#include "engine/grow/recall.h"
#include "engine/remote/away.h"
#include "engine/run/apart.h"

bool tg_session_init(struct tg_session *s, tg_id max_tasks, struct tg_err *err)
{
    memset(s, 0, sizeof *s);
    atomic_init(&s->stop, TG_GO);
    tg_secrets_init(&s->secrets);
    s->services = (struct tg_services){.stop = &s->stop,
                                       .log = tg_host_log,
                                       .wake_fd = -1,
                                       .given_up = &s->given_up,
                                       .registry = &s->registry,
                                       .secrets = &s->secrets};
    tg_graph_init(&s->graph, max_tasks);
    s->graph.run_apart = tg_apart_run;
    s->graph.run_away = tg_away_run;
    s->graph.run_recorded = tg_recall_plugin;
    if (!tg_registry_init(&s->registry, err)) {
        tg_graph_done(&s->graph);
        tg_secrets_done(&s->secrets);
        return false;
    }
    const struct tg_loaded *core = s->registry.plugins.items[0];
    s->graph.gather_list = tg_loaded_find(core, "list", strlen("list"));
    s->graph.identity = tg_loaded_find(core, "identity", strlen("identity"));
    s->graph.gather_record = tg_loaded_find(core, "record", strlen("record"));
    TG_ASSERT(s->graph.gather_list && s->graph.gather_record && s->graph.identity);
    return true;
}

void tg_session_done(struct tg_session *s)
{
    tg_graph_done(&s->graph);
    tg_registry_done(&s->registry);
    tg_secrets_done(&s->secrets);
}
