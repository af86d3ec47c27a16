#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Objects of plugins' types while tasks run in executors, by the tasks of tests/plugins/travel.c.
# bats file_tags=parallel
load helper

# away PROGRAM [ARG...]: runs it in executors.
away() {
    local program=$1
    shift
    run_tg "use travel
$program" --scheduler=processes "$@"
}

@test "a pinned object is used in the process that made it, or made again" {
    for jobs in 1 4; do
        rm -f noted
        away 'p = noted_pin(5, "noted")
output a = [where_pin(p), where_pin(p), where_pin(sum_pins(p, p))]
output b = pin_number(sum_pins(sum_pins(p, p), p))' -j $jobs
        ended 0
        has '5"'
        has '10"]'
        has 'b = 15'
        [ "$(sort -u noted)" = 5 ]
        # By one executor once. By several at most once for each task, as one that was only made for another is kept as long as a batch.
        [ "$(wc -l <noted)" -le $((jobs == 1 ? 1 : 7)) ]
    done
}

@test "one that is shown is made by who is asked, and is equal to itself alone" {
    away 'p = pinned(4)
output a = p
output b = [p == p, p == pinned(4), "${p}"]'
    ended 0
    is 'a = pinned(4)
b = [true, false, "pinned(4)"]'
}

@test "one that a task gives back is the same" {
    for jobs in 1 3; do
        away 'p = noted_pin(4, "noted")
q = same_pin(1, p)
r = same_pin(2, q)
output a = [p == q, q == r, r == p, p == noted_pin(4, "other"), pin_number(r)]
output b = [pin_number(same_pin(i, p)) for i in 0..5]
output c = [p == inner_pin(x) for x in [[p, r], [[[p], 1], p], [{n: 1, pin: p}]]]
output d = inner_pin([noted_pin(4, "other"), p]) == p' -j $jobs
        ended 0
        is 'a = [true, true, true, false, 4]
b = [4, 4, 4, 4, 4]
c = [true, true, true]
d = false'
    done
}

@test "a crash of the process loses nothing that can be made again" {
    away 'p = noted_pin(7, "noted")
q = sum_pins(p, p)
output a = pin_number(sum_pins(q, p), try(die(q), 1))' -j 1
    ended 0
    is 'a = 22'
    [ "$(wc -l <noted)" = 2 ]
}

@test "what cannot be made again fails who needs it" {
    local program='p = pin_once("once", CRASH)
output a = pin_number(p, try(die(p), 1))'
    away "${program/CRASH/false}" -j 1
    ended 1
    err_has "task 'pin_number' failed: an argument could not be made again here by 'travel.pin_once': it is used up"
    rm once
    away "${program/CRASH/true}" -j 1
    ended 1
    err_has "task 'pin_number' failed: an argument could not be made again here by 'travel.pin_once': it crashed: SIGABRT"
}

@test "what is needed no more is not kept" {
    away 'n = sum([pin_number(pinned(i)) for i in range(2000)])
output alive = pins_alive(n) < 1000' -j 1
    ended 0
    is 'alive = true'
}

@test "what comes too late is not kept" {
    away 'with timeout = 50ms {
    late = [try(pin_number(late_pin(i)), 0 - 1) for i in range(3)]
}
output late
output alive = pins_alive(late)' -j 1
    ended 0
    is 'late = [-1, -1, -1]
alive = 0'
}

@test "an object that is made of others again and again" {
    away 's = fold(fn(a, i) = sum_pins(a, a), range(30), pinned(1))
output a = pin_number(s, try(die(s), 0))
one = pinned(1)
t = fold(sum_pins, [one for i in range(500)], one)
output b = pin_number(t, try(die(t), 0))' -j 2
    ended 0
    is 'a = 1073741824
b = 501'
    away 'one = pinned(1)
output a = pin_number(fold(sum_pins, [one for i in range(1100)], one))'
    ended 1
    err_has "task 'sum_pins' failed: it gave an object of type 'travel.pinned', which is pinned to its process, and more than 1000 tasks in a row had to run to make it again elsewhere"
    err_has 'hint: With scheduler = "threads" at these tasks, their objects stay in one process'
}

@test "objects that nobody can make again are found before anything runs" {
    local effect="w.tg:2:23: error: task 'pin_effect' gives objects of type 'travel.pinned', which are pinned to their process: an effect cannot be run again to make them elsewhere"
    local hint='hint: with scheduler = "threads" at it and at those that use it, its objects stay in one process; encode and decode of the type let them travel.'
    away 'output a = pin_number(pin_effect(3))'
    ended 2
    err_has "$effect"
    err_has "$hint"
    run_tg 'use travel
with scheduler = "processes" {
    output a = pin_list()
}'
    ended 2
    err_has "task 'pin_list' gives objects of type 'travel.pinned', which are pinned to their process: only one that is the whole result can be made again elsewhere"
    tg check w.tg
    ended 2
    away 'output a = pin_number(known_pin(3))'
    ended 2
    err_has "w.tg:2:12: error: task 'pin_number' runs in another process, but an object of type 'travel.pinned' that it gets is pinned to this one"
    err_has 'hint: it was made before the run: make it by a task that is not `now`, or give this task scheduler = "threads".'
    away 'with scheduler = "threads" {
    output a = pin_number(pin_effect(3))
    output b = pin_number(known_pin(4))
}'
    ended 0
    is 'a = 3
b = 4'
}

@test "what signatures do not tell fails in the run" {
    away 'output a = many_pins()
output b = pin_any(3)' -k
    ended 1
    err_has "task 'many_pins' failed: it gave an object of type 'travel.pinned', which is pinned to its process: only one that is the whole result can be made again elsewhere"
    err_has "task 'pin_any' failed: it gave an object of type 'travel.pinned', which is pinned to its process: the task has an effect, so it cannot make it again elsewhere"
}

@test "tasks that run here get decoded what executors gave" {
    away 'w = known_word("ship")
x = word("away")
output a = [text_of(w), text_of(x)]
with scheduler = "threads" {
    output b = [text_of(w), text_of(x), text_of(word("here"))]
    output c = text_of(x) with timeout = 100
}
output d = text_of(word("here")) == text_of(x)
output e = [w, x == known_word("away"), known_word("a") == word("a")]
output f = pixel(1, 2)'
    ended 0
    is 'a = ["ship", "away"]
b = ["ship", "away", "here"]
c = away
d = false
e = [word(ship), true, true]
f = pixel(1, 2)'
}

@test "what passes pinned objects between tgrun and executors is refused before the run" {
    local hint='hint: give both tasks the same scheduler; encode and decode of the type let its objects travel.'
    away 'p = pinned(4)
output b = pin_number(p) with scheduler = "threads"
output c = pin_number(p)
output d = len([p])'
    ended 2
    err_has "w.tg:3:12: error: task 'pin_number' runs here, but an object of type 'travel.pinned' that it gets is pinned to the process that makes it"
    err_has "w.tg:2:5: note: 'pinned' makes it in an executor"
    err_has "$hint"
    tg w.tg c d --scheduler=processes
    ended 0
    run_tg 'use travel
ps = [pin_effect(3), identity(pinned(4))]
output a = [(die([i, p]) with scheduler = "processes") for i, p in enumerate(ps)]' --scheduler=threads
    ended 2
    err_has "w.tg:3:14: error: task 'die' runs in another process, but an object of type 'travel.pinned' that it gets is pinned to this one"
    err_has "note: 'pin_effect' makes it in tgrun"
    err_has "$hint"
    [ "$(grep -c error: <<<"$stderr")" -eq 1 ]
}

@test ".. and what grows, or does not say it, fails in the run" {
    away 'p = pinned(4)
if identity(true) { b = pin_number(p) with scheduler = "threads" } else { b = 0 }
output b'
    ended 1
    err_has "it runs here, and gets an object of type 'travel.pinned', which is pinned to the process that made it"
    err_has 'hint: Its maker needs scheduler = "threads", too'
    run_tg 'use travel
output a = pin_number(pin_any(3)) with scheduler = "processes"' --scheduler=threads
    ended 1
    err_has "it runs in another process, and gets an object of type 'travel.pinned', which is pinned to this one, that made it"
    err_has 'hint: Its maker needs scheduler = "processes", too'
}

@test "check finds what the scheduler that it is told makes wrong" {
    local effect="w.tg:2:23: error: task 'pin_effect' gives objects of type 'travel.pinned', which are pinned to their process"
    echo 'use travel
output a = pin_number(pin_effect(3))' >w.tg
    tg check w.tg --scheduler=processes
    ended 2
    err_has "$effect"
    tg check w.tg --scheduler=threads
    ended 0
    [ -z "$stderr" ]
    TGRUN_SCHEDULER=processes tg check w.tg
    ended 2
    err_has "$effect"
    echo 'use travel
output a = pin_number(pinned(3)) with scheduler = "threads"' >w.tg
    tg check w.tg --scheduler=processes --format=json
    ended 2
    has "task 'pin_number' runs here, but an object of type 'travel.pinned'"
}

@test "a large flat object is in all processes the same memory" {
    away 'b = block(100000000, "noted")
output inode = block_inode(b, 100000000) + (try(die(b), ""))
output again = block_inode(b, 100000000)' -j 1
    ended 0
    is "inode = $(cat noted)
again = $(cat noted)"
}
