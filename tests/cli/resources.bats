#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a run has for its tasks, and tasks that ask for more.
load helper

bad() { # VALUE WORDS
    tg w.tg --resources="$1"
    ended 2
    err_has "tgrun: error: bad value '$1' of option '--resources': $2"
}

@test "--resources that are not understood" {
    echo 'output x = 1' >w.tg
    bad gpu "'gpu' must be NAME=AMOUNT, such as gpu=2 or memory=16GiB"
    bad gpu=1, "'' must be NAME=AMOUNT"
    bad gpu= "'gpu=' must be NAME=AMOUNT"
    bad gpu=-1 "'-1' of 'gpu' must be a whole number from 0 to 4096"
    bad gpu=4097 "'4097' of 'gpu' must be"
    bad memroy=16GiB "'16GiB' of 'memroy' must be a whole number"
    err_has "hint: did you mean 'memory'?"
    bad memory=16gib "'16gib' must be a size, such as 16GiB"
    bad memory=0.3B "'0.3B' must be a size"
    bad mem=2GiB "'2GiB' of 'mem' must be a whole number"
    err_has "hint: only 'memory' has a size"
    bad gpu:2 "'gpu:2' must be NAME=AMOUNT"
    err_has "hint: did you mean 'gpu=2'?"
    bad memory=16G "'16G' must be a size"
    err_has "hint: did you mean '16GiB'?"
    bad memory=1GiB,memory=2GiB "'memory' stands there twice"
    bad gpu=1,gpu=2 "'gpu' stands there twice"
    bad a-b=1,a_b=2 "'a-b' and 'a_b' would be one variable to a command"
    bad 2x=1 "'2x' is no name of a resource: a name has letters"
    bad a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1 'it names more than 8 resources'
    bad cores=4 'cores are no resource of this kind'
    err_has "hint: '--jobs=N' says how many cores a run has."
    TGRUN_RESOURCES=gpu tg w.tg
    ended 2
    err_has "bad value 'gpu' of environment variable 'TGRUN_RESOURCES': 'gpu' must be"
}

@test "--resources in a file" {
    echo 'output x = 1' >workflow.tg
    echo 'resources: memory=1.5GiB, gpu=2' >tgrun.config.yaml
    tg
    is 'x = 1'
    tg config
    has 'memory=1.5GiB, gpu=2'
    echo 'resources: memory' >tgrun.config.yaml
    tg
    ended 2
    err_has "tgrun.config.yaml:1:12: error: bad value 'memory' of option 'resources': 'memory' must be NAME=AMOUNT"
}

never() { # OPTIONS WORDS HINT
    # shellcheck disable=SC2086 # several options
    tg w.tg $1
    ended 3
    err_has "w.tg:3:12: error: task 'big' cannot run: $2"
    err_has "hint: $3"
    [ ! -e ran ]
}

@test "more than there is: an error before anything runs" {
    echo 'task first() -> nil { run ["touch", "ran"] }
task big() -> str with cores = 3, memory = 2GiB, resources = {gpu: 2} { run ["echo", "did"] }
output b = big()
output c = 1
first()' >w.tg
    for scheduler in threads sync; do
        never "-j2 --scheduler=$scheduler" 'it needs 3 cores, and the run has 2' "A run with '-j 3' has so many"
    done
    never '-j3 --resources=gpu=2,memory=1GiB' 'it needs 2GiB of memory, and the run has 1GiB' "A run with '--resources=memory=2GiB'"
    never '-j3 --resources=memory=2GiB' "it needs 2 of resource 'gpu', and the run has none" "'--resources=gpu=2' says that"
    never '-j3 --resources=memory=2GiB,gpu=1' "it needs 2 of resource 'gpu', and the run has 1" "'--resources=gpu=2' says that"
    never '-j3 --resources=memory=2GiB,gpus=4' "it needs 2 of resource 'gpu', and the run has none" "The run has a resource 'gpus'."
    never '-j3 --resources=memory=2GiB,GPU=4' "it needs 2 of resource 'gpu', and the run has none" "The run has a resource 'GPU'."
    tg w.tg c -j2 # what is not needed does not matter
    is 'c = 1'
    tg w.tg -j3 --resources=memory=2GiB,gpu=2
    is $'b = did\nc = 1'
    [ -e ran ]
}

@test "commands are told what they were given" {
    echo 'task plain() -> str { run ["sh", "-c", r"echo $TG_CORES $TG_ATTEMPT ${TG_MEMORY-none} ${TG_RESOURCE_GPU-none}"] }
task again() -> str with retries = 2, backoff = 0s { sh r"test $TG_ATTEMPT = 3; echo $TG_CORES $TG_ATTEMPT" }
task own() -> str with retries = 1, backoff = 0s, env = {TG_ATTEMPT: "own"} { sh r"echo $TG_ATTEMPT; test -e once || { touch once; false; }" }
output a = plain()
output b = again()
output c = own()' >w.tg
    TG_CORES=7 TG_ATTEMPT=7 TG_MEMORY=7 TG_RESOURCE_GPU=7 TG_RESOURCE_X=7 tg w.tg -q
    is $'a = 1 1 none none\nb = 1 3\nc = own'
    echo 'output x = env("TG_CORES")' >w.tg # of a command above
    TG_CORES=7 tg w.tg
    is 'x = 7'
}

@test "more than there is, known only when the task is ready" {
    echo 'task late(n: int) -> str with cores = n, retries = 3, backoff = 0s { run ["echo", task.cores] }
task count() -> int { run ["echo", "9"] }
task big() -> str with resources = {gpu: 2} { run ["echo", "did"] }
fn grown(n) { if n > 1 { return big() } else { return "none" } }
output a = late(2)
output b = late(9)
output c = grown(count())' >w.tg
    for scheduler in threads sync; do
        tg w.tg -k -j2 --scheduler=$scheduler
        ended 1
        has 'a = 2'
        err_has "task 'late' failed: it needs 9 cores, and the run has 2"
        err_has "A run with '-j 9' has so many"
        err_has "task 'big' failed: it needs 2 of resource 'gpu', and the run has none"
        err_has '2 tasks failed'
        err_lacks 'again at once'
    done
}
