#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Defaults of options: the user's file, the folder's file, the environment; and `tgrun config`.
load helper

setup() {
    tg_setup
    unset TGRUN_JOBS TGRUN_SCHEDULER # of a run of all tests with other workers
    echo 'output x = 1 + 2' >workflow.tg
    user=$XDG_CONFIG_HOME/tgrun/config.yaml
    folder=tgrun.config.yaml
    mkdir -p "${user%/*}"
}

@test "user, folder, environment, command line: the later wins" {
    echo 'format: json' >"$user"
    tg
    is '{"x": 3}'
    echo 'format: text' >$folder
    tg
    is 'x = 3'
    TGRUN_FORMAT=json tg
    is '{"x": 3}'
    TGRUN_FORMAT=json tg --format=text
    is 'x = 3'
    echo 'verbose: true' >$folder
    tg
    is '{"x": 3}'
    err_has 'tasks done'
}

@test "flags can be taken back" {
    echo 'verbose: yes' >"$user"
    tg
    err_has 'tasks done'
    tg --no-verbose
    err_lacks 'tasks done'
    TGRUN_VERBOSE=0 tg
    err_lacks 'tasks done'
    echo 'verbose: off' >$folder
    tg
    err_lacks 'tasks done'
    tg -v
    err_has 'tasks done'
    tg --no-trust --no-keep-going
    ended 0
    tg --no-jobs
    ended 2
    err_has "unknown option '--no-jobs'"
}

@test "files are those of the folder gone to, and of HOME" {
    mkdir sub home
    echo 'format: json' >sub/$folder
    cp workflow.tg sub/
    tg -C sub
    is '{"x": 3}'
    tg sub/workflow.tg
    is 'x = 3'
    unset XDG_CONFIG_HOME
    mkdir -p home/.config/tgrun
    echo 'format: json' >home/.config/tgrun/config.yaml
    HOME=$PWD/home tg
    is '{"x": 3}'
    HOME=$PWD/home XDG_CONFIG_HOME=home/.config tg
    is '{"x": 3}'
    HOME=home XDG_CONFIG_HOME=home/.config tg
    is 'x = 3'
    HOME='' tg
    is 'x = 3'
}

@test "every verb has the defaults of the options it has" {
    echo 'color: always' >"$user"
    for verb in check list graph '' ; do
        tg $verb nowhere.tg
        ended 2
        err_has $'\x1b['
    done
    echo 'trust: true' >"$user"
    tg check
    ended 0
    # `format` of these is another option
    echo 'format: json' >"$user"
    tg list
    has 'Outputs:'
}

@test "a folder sets harmless options only" {
    for line in 'trust: true' 'dry-run: yes' 'params: p.json' 'language: yaml' 'cluster: pool:1'; do
        echo "$line" >"$user"
        [ "$line" != 'params: p.json' ] || echo '{}' >p.json
        tg -f workflow.tg --language=tg
        ended 0
        rm "$user"
        echo "# mine
$line" >$folder
        tg
        ended 2
        is ''
        err_has "$folder:2:1: error: option '${line%%:*}' cannot be set by a folder, which may be anybody's"
        err_has "'$user'"
        rm $folder
    done
    for line in 'jobs: 2' 'scheduler: sync' 'keep-going: true' 'keep-failed: true' 'max-tasks: 100' 'format: json' \
        'output: live' 'quiet: true' 'verbose: true' 'color: never'; do
        echo "$line" >$folder
        tg
        ended 0
    done
}

@test "what is wrong is told with its place, all of it" {
    echo 'jbos: 2
scheduler: thraeds
jobs: [1]
output: {a: 1}
max-tasks: many
keep-going: perhaps
help: true
zzzzzz: 1
keep-failed: -1' >$folder
    tg
    ended 2
    is ''
    err_has "$folder:1:1: error: unknown option 'jbos'"
    err_has "did you mean 'jobs'?"
    err_has "$folder:2:12: error: bad value 'thraeds' of option 'scheduler'"
    err_has "did you mean 'threads'?"
    err_has "$folder:3:7: error: option 'jobs' has one value, not a list"
    err_has "$folder:4:9: error: option 'output' has one value, not a mapping"
    err_has "$folder:5:12: error: bad value 'many' of option 'max-tasks': must be a whole number from 1 to "
    err_has "$folder:6:13: error: bad value 'perhaps' of option 'keep-going': must be 1 or 0"
    err_has "$folder:7:1: error: unknown option 'help'"
    err_has "$folder:9:14: error: bad value '-1' of option 'keep-failed': must be 1 or 0"
    err_has "$folder:8:1: error: unknown option 'zzzzzz'"
    err_has "'tgrun config' lists the options"
    tg help
    ended 0
    tg --help
    ended 0
    tg --version
    ended 0
}

@test "numbers and words are taken as they are written; nothing is not set" {
    echo 'jobs: "2"
max-tasks:
scheduler: ~
format: json' >$folder
    tg config
    ended 0
    has 'jobs               2 '
    has 'max-tasks          100000000  default'
    : >$folder
    tg
    is 'x = 3'
    echo '# jobs: 1' >$folder
    tg
    is 'x = 3'
    echo 'params: ""' >"$user"
    tg
    ended 2
    err_has "option 'params' has an empty value"
}

@test "files that are none" {
    for text in '- jobs' 'jobs' 'jobs: [' $'jobs: 1\njobs: 2' $'jobs: \xff' $'a: &a [*a]' $'--- 1\n--- 2'; do
        printf '%s\n' "$text" >$folder
        tg
        ended 2
        is ''
        err_has "$folder:"
    done
    printf 'jobs: 1\0' >$folder
    tg
    ended 2
    head -c 100000 /dev/zero >$folder
    tg
    ended 2
    err_has "cannot read the options in '$folder': it has more than 64 KB"
    rm $folder
    mkdir $folder
    tg
    ended 2
    err_has "it is no regular file"
    rmdir $folder
    ln -s $folder $folder
    tg
    ended 2
    err_has "cannot read the options in '$folder'"
    rm $folder
    ln -s nowhere $folder
    tg
    ended 0
    rm $folder
    mkfifo $folder
    tg
    ended 2
    err_has "it is no regular file"
}

@test "aliases do not make a file large" {
    echo 'a: &a [x]
b: [*a, *a]' >$folder
    tg
    ended 2
    err_has "$folder:2:5: error: the alias 'a' has no place in this file"
}

@test "a file that cannot be read" {
    [ "$EUID" != 0 ] || skip "root reads everything"
    echo 'jobs: 1' >$folder
    chmod 0 $folder
    tg
    ended 0
    is 'x = 3'
    err_has "warning: the options in '$folder' are left out: Permission denied"
}

@test "a file of somebody else is left out" {
    [ "$EUID" = 0 ] || skip "only root can give files away"
    echo 'format: json' >$folder
    chown 12345 $folder
    tg
    ended 0
    is 'x = 3'
    err_has "warning: the options in '$folder' are left out: it belongs to another user"
    tg -q
    is 'x = 3'
    [ -z "$stderr" ]
    # whose folder it is may
    chown 12345 .
    tg
    is '{"x": 3}'
    chown 0 .
    # a link of somebody else's to one of ours
    chown 0 $folder
    mv $folder mine.yaml
    ln -s mine.yaml $folder
    tg
    is '{"x": 3}'
    chown -h 12345 $folder
    tg
    is 'x = 3'
    rm $folder
    # nothing that he can put there stops us
    mkfifo $folder
    chown 12345 $folder
    tg
    is 'x = 3'
    rm $folder
    echo 'format: json' >"$user"
    chown 12345 "$user"
    tg
    is 'x = 3'
    err_has "it belongs to another user"
}

@test "a file that everybody may write to is left out" {
    echo 'format: json' >$folder
    chmod o+w $folder
    tg
    is 'x = 3'
    err_has "warning: the options in '$folder' are left out: everybody may write to it"
}

@test "config shows each value and where it comes from" {
    echo 'scheduler: sync
trust: true' >"$user"
    echo '# here
jobs: 3
scheduler: threads' >$folder
    TGRUN_OUTPUT=live tg config
    ended 0
    has "jobs               3          $folder:2:7"
    has "scheduler          threads    $folder:3:12"
    has "trust              true       $user:2:8"
    has "output             live       TGRUN_OUTPUT"
    has "keep-going         false      default"
    has "params             -          default"
    has "user's file: $user"
    has "folder's file: $folder"
    lacks "not read"
    tg config --format=json
    ended 0
    has '{"name": "jobs", "value": 3, "from": "folder", "where": "tgrun.config.yaml:2:7", "in_folder": true}'
    has '"value": true, "from": "user"'
    has '{"name": "params", "value": null, "from": "default", "where": null, "in_folder": false}'
    ! type -P python3 >/dev/null || python3 -m json.tool <<<"$output" >json
    rm $folder "$user"
    tg config
    has "user's file: $user (not read)"
    has "folder's file: $folder (not read)"
    TGRUN_JOBS=many tg config
    ended 2
    err_has "'TGRUN_JOBS'"
    tg config jobs
    ended 2
    err_has "takes no further word"
}

@test "variables of options are not passed on to commands" {
    echo 'task seen() -> str { sh "env | grep ^TGRUN | sort | cut -d = -f 1; true" }
output names = seen()
output jobs = env("TGRUN_JOBS", "unset")' >workflow.tg
    TGRUN_JOBS=1 TGRUN_FORMAT=text TGRUN_TRUST=1 TGRUN_MAX_TASKS=99 TGRUN_OTHER=1 tg
    ended 0
    has 'TGRUN_OTHER'
    has 'TGRUN_PLUGIN_PATH'
    for name in JOBS FORMAT TRUST MAX_TASKS; do lacks TGRUN_$name; done
    has 'jobs = unset'
}
