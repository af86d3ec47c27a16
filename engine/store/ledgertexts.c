/* SPDX-License-Identifier: MIT
 * The schema of the record and all of its statements; docs/formats.md tells people what the columns mean.
 *
 * Tasks lie in the order in which they were put first, which is nearly that in which the next run asks for them: it finds several in a
 * page. What is put again stays where it was. Their index is of numbers, half of the identity: two tasks that share it would take
 * turns, and be run each time. Outcomes are numbered by run, so those of one lie together without an index. */
#include "engine/store/ledgertexts.h"

/* clang-format off */
const char *const tg_ledgertexts_migrations[TG_LEDGERDB_VERSION] = {
    "CREATE TABLE task ("
    "    number INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, seen INTEGER NOT NULL, identity TEXT NOT NULL, key TEXT NOT NULL,"
    "    workflow TEXT, task TEXT, instance TEXT, parts TEXT NOT NULL, inputs TEXT NOT NULL, results TEXT NOT NULL,"
    "    value BLOB, ended INTEGER NOT NULL, took INTEGER NOT NULL, cpu INTEGER NOT NULL, memory INTEGER NOT NULL,"
    "    run INTEGER NOT NULL);"
    "CREATE INDEX task_of_workflow ON task (workflow);"
    "CREATE TABLE run ("
    "    number INTEGER PRIMARY KEY AUTOINCREMENT, workflow TEXT, line TEXT, began INTEGER NOT NULL, ended INTEGER NOT NULL,"
    "    pid INTEGER NOT NULL, status INTEGER NOT NULL, ran INTEGER NOT NULL, fresh INTEGER NOT NULL,"
    "    failed INTEGER NOT NULL, skipped INTEGER NOT NULL);"
    "CREATE TABLE outcome ("
    "    number INTEGER PRIMARY KEY, id INTEGER NOT NULL, identity TEXT NOT NULL, task TEXT, instance TEXT,"
    "    fate TEXT NOT NULL, why TEXT, ended INTEGER NOT NULL, waited INTEGER NOT NULL, took INTEGER NOT NULL,"
    "    run INTEGER AS (number >> 32));"
    "CREATE INDEX outcome_of_task ON outcome (id);"
    "CREATE TABLE checkpoint ("
    "    number INTEGER PRIMARY KEY, work TEXT NOT NULL, key TEXT NOT NULL, value BLOB, file TEXT, length INTEGER NOT NULL,"
    "    digest TEXT NOT NULL, made INTEGER NOT NULL);"
    "CREATE INDEX checkpoint_of_work ON checkpoint (work);"
    "CREATE VIEW part AS"
    "    SELECT task.instance, task.number AS task, json_extract(p.value, '$[0]') AS name,"
    "        json_extract(p.value, '$[1]') AS digest, json_extract(p.value, '$[2]') AS shown"
    "    FROM task, json_each(task.parts) AS p;"
    "CREATE VIEW file AS"
    "    SELECT task.instance, task.number AS task, 'input' AS role, json_extract(f.value, '$[0]') AS path,"
    "        json_extract(f.value, '$[1]') AS flags, json_extract(f.value, '$[2]') AS kind,"
    "        json_extract(f.value, '$[3]') AS size, json_extract(f.value, '$[4]') AS mtime,"
    "        json_extract(f.value, '$[8]') AS digest"
    "    FROM task, json_each(task.inputs) AS f"
    "    UNION ALL"
    "    SELECT task.instance, task.number, 'result', json_extract(f.value, '$[0]'),"
    "        json_extract(f.value, '$[1]'), json_extract(f.value, '$[2]'),"
    "        json_extract(f.value, '$[3]'), json_extract(f.value, '$[4]'),"
    "        json_extract(f.value, '$[8]')"
    "    FROM task, json_each(task.results) AS f;",
    "CREATE TABLE manifest ("
    "    number INTEGER PRIMARY KEY, workflow TEXT NOT NULL, work TEXT NOT NULL, part TEXT NOT NULL, graph TEXT NOT NULL,"
    "    run INTEGER NOT NULL, day INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (workflow, work, part));",
};

#define TASK_COLUMNS \
    "id, identity, key, workflow, task, instance, parts, inputs, results, value, ended, took, cpu, memory, run, seen"
#define RUN_COLUMNS "workflow, line, began, ended, pid, status, ran, fresh, failed, skipped"

const char *const tg_ledgertexts[TG_LEDGERDB_SQLS] = {
    [TG_LEDGERDB_BEGIN] = "BEGIN IMMEDIATE",
    [TG_LEDGERDB_HOLD] = "BEGIN",
    [TG_LEDGERDB_COMMIT] = "COMMIT",
    [TG_LEDGERDB_ROLLBACK] = "ROLLBACK",
    [TG_LEDGERDB_FIND] = "SELECT identity, key, parts, inputs, results, value, seen FROM task WHERE id = ?1",
    [TG_LEDGERDB_FIND_ALL] = "SELECT " TASK_COLUMNS " FROM task WHERE id = ?1",
    [TG_LEDGERDB_PUT] =
        "INSERT INTO task (" TASK_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        " ON CONFLICT (id) DO UPDATE SET identity = ?2, key = ?3, workflow = ?4, task = ?5, instance = ?6, parts = ?7,"
        " inputs = ?8, results = ?9, value = ?10, ended = ?11, took = ?12, cpu = ?13, memory = ?14, run = ?15, seen = ?16",
    [TG_LEDGERDB_SEEN] = "UPDATE task SET seen = ?2 WHERE id = ?1",
    [TG_LEDGERDB_FORGET] = "DELETE FROM task WHERE id = ?1",
    [TG_LEDGERDB_HAS] = "SELECT 1 FROM task WHERE workflow = ?1 LIMIT 1",
    [TG_LEDGERDB_EACH] = "SELECT " TASK_COLUMNS " FROM task WHERE ?1 IS NULL OR workflow = ?1 ORDER BY ended DESC, number DESC",
    [TG_LEDGERDB_TOOK] = "SELECT task, instance, took FROM task WHERE workflow = ?1",
    [TG_LEDGERDB_RUN] =
        "INSERT INTO run (" RUN_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [TG_LEDGERDB_END] =
        "UPDATE run SET ended = ?2, status = ?3, ran = ?4, fresh = ?5, failed = ?6, skipped = ?7 WHERE number = ?1",
    [TG_LEDGERDB_RUNS] =
        "SELECT number, " RUN_COLUMNS " FROM run WHERE ?1 IS NULL OR workflow = ?1 ORDER BY number DESC",
    [TG_LEDGERDB_NOTE] =
        "INSERT OR IGNORE INTO outcome (number, id, identity, task, instance, fate, why, ended, waited, took)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [TG_LEDGERDB_OUTCOMES] =
        "SELECT run, identity, task, instance, fate, why, ended, took FROM outcome"
        " WHERE number BETWEEN ?1 AND ?2 ORDER BY number DESC",
    [TG_LEDGERDB_OUTCOMES_OF] =
        "SELECT run, identity, task, instance, fate, why, ended, took FROM outcome"
        " WHERE number BETWEEN ?1 AND ?2 AND id = ?3 ORDER BY number DESC",
    [TG_LEDGERDB_CHECK] =
        "INSERT INTO checkpoint (work, key, value, file, length, digest, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [TG_LEDGERDB_CHECKED] =
        "SELECT key, value, file, length, digest FROM checkpoint WHERE work = ?1 ORDER BY number",
    [TG_LEDGERDB_UNCHECK] = "DELETE FROM checkpoint WHERE work = ?1",
    [TG_LEDGERDB_MANIFEST] =
        "SELECT number, part = 'few' FROM manifest WHERE workflow = ?1 AND work = ?2 AND graph = ?3 AND day = ?4"
        " AND NOT EXISTS (SELECT 1 FROM run WHERE workflow = ?1 AND (ran > 0 OR ended = 0) AND number >"
        " (SELECT max(run) FROM manifest WHERE workflow = ?1 AND work = ?2)) ORDER BY part",
    [TG_LEDGERDB_PUT_MANIFEST] =
        "INSERT OR REPLACE INTO manifest (workflow, work, part, graph, run, day, bytes) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
        " WHERE NOT EXISTS (SELECT 1 FROM run WHERE workflow = ?1 AND number > ?5)",
    [TG_LEDGERDB_DROP_MANIFEST] = "DELETE FROM manifest WHERE workflow = ?1 AND work = ?2 AND part = ?3",
    [TG_LEDGERDB_DROP_MANIFESTS] = "DELETE FROM manifest WHERE workflow = ?1",
    [TG_LEDGERDB_PRUNE_MANIFESTS] = "DELETE FROM manifest WHERE day < ?1",
    [TG_LEDGERDB_STALE] = "SELECT work FROM checkpoint GROUP BY work HAVING max(made) < ?1",
    [TG_LEDGERDB_PRUNE_TASKS] =
        "DELETE FROM task WHERE seen < ?1 OR"
        " ((SELECT count(*) FROM task) > ?2 AND seen <= (SELECT seen FROM task ORDER BY seen DESC LIMIT 1 OFFSET ?2))",
    [TG_LEDGERDB_PRUNE_RUNS] = "DELETE FROM run WHERE began < ?1 OR number <= ?2",
    [TG_LEDGERDB_PRUNE_OUTCOMES] =
        "DELETE FROM outcome WHERE number < ("
        "    SELECT coalesce(max(number), 0) + 1 FROM ("
        "        SELECT number, began, sum(ran + failed + skipped) OVER (ORDER BY number DESC) AS outcomes FROM run)"
        "    WHERE outcomes > ?1 OR began < ?2) << 32",
};
/* clang-format on */
