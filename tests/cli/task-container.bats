#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The option `container`, with stand-ins for the engines: programs that note how they were called and run what they are given.
load helper

# An engine of that name, alone on the PATH beside the system's tools.
engine() {
    mkdir -p bin
    cat >"bin/$1" <<'END'
#!/bin/bash
here=$(dirname "$0")
printf '%s\n' "$(basename "$0") $*" >>"$here/../calls"
[ "$1" != rm ] || { touch "$here/../removed"; exit 0; }
shift
while [ $# -gt 0 ]; do
    case $1 in
    --workdir | --pwd) cd "$2"; shift 2 ;;
    --bind) shift 2 ;;
    -*) shift ;;
    *) break ;;
    esac
done
shift
exec "$@"
END
    chmod +x "bin/$1"
    for tool in bash basename dirname touch cat printf pwd sleep env cp ls sh true printenv; do
        [ -e "bin/$tool" ] || ln -s "$(type -P $tool)" "bin/$tool"
    done
    printf '#!/bin/bash\nPATH=%q exec %q "$@"\n' "$PWD/bin" "$TGRUN" >with-engine
    chmod +x with-engine
    TGRUN=$PWD/with-engine
}

calls() { printf '%s\n' "$(<calls)"; }

@test "every program of a command runs in a container, under our paths" {
    engine podman
    printf 'data\n' >in.txt
    run_tg 'task t(f: file) -> {o: file("out/o.txt")} with container = "alpine:3", env = {A: 1} {
    sh "cat ${f} >${out.o}; printf %s \"\$A\" >>${out.o}"
    run ["cat", f] | ["cat"] > "log.txt"
}
r = t(file("in.txt"))
output r = r'
    ended 0
    is 'r = {o: "out/o.txt"}'
    [ "$(<out/o.txt)" = "data
1" ]
    output=$(calls)
    has "podman run --rm --interactive --init "
    has "--mount=type=bind,source=$PWD,target=$PWD --workdir $PWD --env=TG_CORES --env=TG_ATTEMPT --env=A "
    has " alpine:3 bash -euo pipefail -c "
    has "-0-0 --mount"
    has "-1-1 --mount"
}

@test "folders of what it gets and makes are mounted, and none of the system" {
    engine docker
    mkdir sub "$BATS_TEST_TMPDIR/far" "$BATS_TEST_TMPDIR/made, too"
    printf 'data\n' >"$BATS_TEST_TMPDIR/far/in.txt"
    run_tg 'task t(f: file, g: file, to: str) -> file(to) with container = "x", dir = "sub" { run ["cp", f, out] }
output r = t(file("../far/in.txt"), file("/etc/passwd"), "../made, too/o")'
    ended 0
    [ "$(<"$BATS_TEST_TMPDIR/made, too/o")" = data ]
    output=$(calls)
    has "docker run "
    has "\"source=$BATS_TEST_TMPDIR/made, too/"
    has "source=/etc/passwd,target=/etc/passwd "
    lacks "source=/etc,"
}

@test "folders of further inputs and of a depfile are mounted" {
    engine docker
    mkdir "$BATS_TEST_TMPDIR/more" "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/deps"
    touch "$BATS_TEST_TMPDIR"/{more/a,one/b}
    run_tg "task t(more: list[file]) -> file(\"x\") with container = \"i\", inputs = more + [\"$BATS_TEST_TMPDIR/one/b\"],
    depfile = \"$BATS_TEST_TMPDIR/deps/d\" { run [\"touch\", out, \"$BATS_TEST_TMPDIR/deps/d\"] }
output x = t([\"$BATS_TEST_TMPDIR/more/a\"])"
    ended 0
    output=$(calls)
    has "source=$BATS_TEST_TMPDIR/more,"
    has "source=$BATS_TEST_TMPDIR/one,"
    has "source=$BATS_TEST_TMPDIR/deps,"
}

@test "apptainer has the image's address, and its own words" {
    engine apptainer
    run_tg 'task t() -> str with container = "alpine:3" { run ["pwd"] }
output r = t()'
    ended 0
    is "r = $PWD"
    output=$(calls)
    is "apptainer exec --bind $PWD --pwd $PWD docker://alpine:3 pwd"
}

@test "where nothing makes containers, nothing runs" {
    engine none
    run_tg 'task t() -> str with container = "alpine:3" { run ["pwd"] }
task u() -> nil { run ["touch", "ran"] }
u()
output r = t()'
    ended 3
    err_has "cannot find podman, docker, apptainer or singularity to run task 't' in a container"
    [ ! -e ran ]
}

@test "an interrupt reaches what is in it, and the container is removed" {
    engine podman
    printf '%s\n' 'task t() -> str with container = "alpine:3" { sh "trap \"touch told; exit 1\" TERM; touch running; while true; do sleep 0.01; done" }
output r = t()' >w.tg
    for _ in 1 2 3; do # a machine may take the five seconds that it has to end, but not always
        rm -f running removed
        start w.tg
        wait_for [ -e running ]
        kill -TERM "$pid"
        finish
        ended 143
        [ ! -e told ] || break
    done
    [ -e told ]
    [ -e removed ]
    output=$(calls)
    has "podman rm --force tgrun-"
}

@test "a tgrun that is killed leaves no container" {
    engine docker
    printf '%s\n' 'task t() -> str with container = "alpine:3" { sh "touch running; while true; do sleep 0.01; done" }
output r = t()' >w.tg
    start w.tg
    wait_for [ -e running ]
    kill -KILL "$pid"
    finish
    until [ -e removed ]; do sleep 0.01; done
}

@test "in YAML as in the language" {
    engine podman
    mkdir sub
    run_yaml 'tasks:
  t:
    run: [pwd]
    result: str
    with: {container: "alpine:3", dir: sub, wrap: [env, A=1]}
outputs: {x: "${t}"}'
    ended 0
    is "x = $PWD/sub"
    output=$(calls)
    has "--workdir $PWD/sub"
}

@test "paths of any letters are mounted as they are" {
    odd=$'a:b, "c"\n d' real=$TGRUN
    for name in docker apptainer; do
        mkdir -p -- "$name/$odd/-sub"
        cd $name # whose path can stand in PATH
        TGRUN=$real
        engine $name
        cd -- "$odd"
        run_tg 'task t() -> file("-o/x y") with container = "alpine", dir = "-sub" { sh "pwd >${out}" }
output r = t()'
        ended 0
        [ "$(<"-o/x y")" = "$PWD/-sub" ]
        output=$(<../calls)
        quoted=${PWD//\"/\"\"}
        has "type=bind,\"source=$quoted\",\"target=$quoted\" "
        cd ../..
    done
}

@test "what the engine goes by itself is set for the program alone" {
    real=$TGRUN
    engine podman
    run_tg 'task t() -> str with container = "alpine", env = {PATH: "/in/it", HOME: "/h", LD_LIBRARY_PATH: "/l", A: "PATH"} {
    run ["pwd"]
}
output r = t()'
    ended 0
    output=$(calls)
    has "--env=PATH=/in/it --env=HOME=/h --env=LD_LIBRARY_PATH=/l --env=A alpine pwd"
    rm bin/podman
    TGRUN=$real
    engine apptainer
    run_tg 'task t() -> str with container = "alpine", env = {PATH: "/in/it", HOME: nil} {
    run ["sh", "-c", "echo \$APPTAINERENV_PATH \${MAKEFLAGS-none}"]
}
task u() -> str with container = "alpine", env = {MAKEFLAGS: "-s"} { run ["printenv", "MAKEFLAGS"] }
output r = [t(), u()]' -j2
    ended 0
    is 'r = ["/in/it none", "-s"]'
}

@test "an engine that is killed inside what wraps it leaves no container" {
    engine podman
    run_tg 'task t() -> str with container = "alpine", wrap = ["sh", "-c", "\"$@\"; exit $?", "sh"] {
    run ["sh", "-c", "kill -9 $$"]
}
output r = t()'
    ended 1
    [ -e removed ]
}

@test "an image is a name, no option of what reads it" {
    engine podman
    run_tg 'task t() -> str with container = "--privileged" { run ["pwd"] }
output r = t()'
    ended 2
    err_has "container"
    [ ! -e calls ]
}

@test "an image that is a file is meant from where tgrun runs" {
    engine apptainer
    mkdir sub
    run_tg 'task t(image: str) -> str with container = image, dir = "sub" { run ["pwd"] }
output r = [t("../x"), t("./x")]'
    ended 0
    output=$(calls)
    has "$PWD/../x pwd"
    has "/x pwd"
}
