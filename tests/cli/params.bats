#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Parameters: from -D, from files, defaults, choices, types.
load helper

show='param i: int = 1
param f: float = 2
param b: bool = false
param s: str = "s"
param p: file = "d/f.txt"
param xs: list[int] = []
param r: record = {}
param o: int? = nil
param a: any = nil
output out = [i, f, b, s, p.stem, xs, r, o, a]'

@test "defaults, converted to the type" {
    run_tg "$show"
    ended 0
    is 'out = [1, 2.0, false, "s", "f", [], {}, nil, nil]'
}

@test "values of -D are literals, but texts are taken as they are" {
    run_tg "$show" -D i=1_000 -D f=5m -D b=true -D 's=a "b" ${c} 3' -D p=x/y.z -D 'xs=[1, 2 + 3]' -D 'r={k: [1]}' -D o=0x10 -D a='"t"'
    ended 0
    is 'out = [1000, 300.0, true, "a \"b\" \${c} 3", "y", [1, 5], {k: [1]}, 16, "t"]'
    tg w.tg -D i=64KiB -D f=3 -D s= -D 's=last wins'
    ended 0
    is 'out = [65536, 3.0, false, "last wins", "f", [], {}, nil, nil]'
}

@test "a wrong value says parameter, type and where it is declared" {
    run_tg "$show" -D i=2.5 -D b=yes -D 'xs=["a"]' -D f=1+ -D 'r=unknown'
    ended 2
    err_has "-D: parameter 'i' must be int, not 2.5"
    err_has "-D: parameter 'b' must be bool, not 'yes'"
    err_has "-D: parameter 'xs' must be list[int], not [\"a\"]"
    err_has "-D: parameter 'f' must be float, not '1+'"
    err_has "-D: parameter 'r' must be record, not 'unknown'"
    err_has 'w.tg:1:1: note: it is declared here'
    tg w.tg -D j=1
    ended 2
    err_has "the workflow has no parameter 'j'"
}

@test "choices" {
    run_tg 'param m: str in ["fast", "exact"] = "fast"
sizes = [1, 2]
param n: int in sizes + [3] = 1
output o = [m, n]' -D m=exact -D n=3
    ended 0
    is 'o = ["exact", 3]'
    tg w.tg -D m=slow
    ended 2
    err_has 'parameter '\''m'\'' must be one of ["fast", "exact"], not "slow"'
}

@test "check looks at choices though a required parameter is missing" {
    run_tg 'param n: int
param m: str in ["fast", "exact"] = "slow"
sizes = [1, 2]
param s: int in sizes + [3] = 4
param late: int in [n, 2] = 3
param fine: float in [1.0, 2.0] = 1
output o = [n, m, s, late, fine]'
    ended 2
    tg check w.tg
    ended 2
    err_has "parameter 'm' must be one of [\"fast\", \"exact\"], not \"slow\""
    err_has "parameter 's' must be one of [1, 2, 3], not 4"
    err_lacks "'n'"
    err_lacks "'late'"
    err_lacks "'fine'"
    tg check w.tg -D m=fast -D s=3
    ended 0
    tg check w.tg -D m=quick -D s=3
    ended 2
    err_has 'not "quick"'
    echo 'param m: int in [1, 2] = 3
k = m' >part.tg
    echo 'import "part.tg" as part
param n: int
output o = n + part.k' >main.tg
    tg check main.tg
    ended 2
    err_has "part.tg:1:1: error: parameter 'm' must be one of [1, 2], not 3"
    run_yaml 'params:
  n: int
  m: {type: str, in: [a, b], default: c}
outputs: {o: "${n}", p: "${m}"}'
    tg check w.yaml
    ended 2
    err_has "parameter 'm' must be one of [\"a\", \"b\"], not \"c\""
}

@test "all that are missing are said at once" {
    run_tg 'param a: int
param b: str
output o = [a, b]' -D b=x
    ended 2
    err_has "parameter 'a' has no default"
    err_lacks "parameter 'b'"
    tg w.tg
    err_has "set it with -D a=VALUE"
    err_has "set it with -D b=VALUE"
}

@test "parameters from a JSON file, and one of them from -D" {
    echo '{"i": 7, "f": "1m", "s": "5", "xs": [1, 2], "r": {"k": null}, "a": "10s"}' >p.json
    run_tg "$show" --params p.json -D i=8
    ended 0
    is 'out = [8, 60.0, false, "5", "f", [1, 2], {k: nil}, nil, "10s"]'
}

@test "parameters from a YAML file" {
    cat >p.yaml <<'END'
i: 64KB     # a unit
f: .inf
b: true
s: "${i} stays text"
p: x/y.z
xs:
  - 1
  - 2
r: {k: v}
END
    run_tg "$show" --params p.yaml
    ended 0
    is 'out = [64000, inf, true, "\${i} stays text", "y", [1, 2], {k: "v"}, nil, nil]'
    : >p.yaml
    tg w.tg --params p.yaml
    ended 0
    is 'out = [1, 2.0, false, "s", "f", [], {}, nil, nil]'
}

@test "a bad file of parameters names file and place" {
    echo '{"i": }' >p.json
    run_tg "$show" --params p.json
    ended 2
    err_has 'p.json'
    printf 'i = 3\n' >p.toml
    tg w.tg --params p.toml
    ended 2
    err_has 'hint: A parameter file is JSON, or YAML if its name ends in .yaml or .yml.'
    echo '[1]' >p.json
    tg w.tg --params p.json
    ended 2
    err_has 'p.json: parameters are one mapping from name to value, not list'
    echo '{"i": "x", "q": 1}' >p.json
    tg w.tg --params p.json
    ended 2
    err_has "p.json: parameter 'i' must be int, not \"x\""
    err_has "p.json: the workflow has no parameter 'q'"
    printf 'i: 1\ni: 2\n' >p.yml
    tg w.tg --params p.yml
    ended 2
    err_has 'p.yml:2:1'
    tg w.tg --params nosuch.yaml
    ended 2
    err_has nosuch.yaml
}

@test "a parameter that nobody uses is warned of" {
    run_tg 'param used: int = 1
param unused: int = 2
task t() -> str { sh "echo ${used}" }
output o = t()'
    ended 0
    err_has "w.tg:2:1: warning: parameter 'unused' is never used"
    err_lacks "'used' is never"
}

@test "texts inside a value may stand in single quotes" {
    run_tg 'param xs: list[str]
output xs' -D "xs=['a', 'b \"c\"']"
    is 'xs = ["a", "b \"c\""]'
}

@test "a parameter file that cannot be read is named as such" {
    printf 'param n: int = 1\noutput n' >w.tg
    for verb in run check graph; do
        tg $verb w.tg --params=missing.json
        ended 2
        err_has "cannot open parameter file 'missing.json': No such file or directory"
    done
    mkdir folder.yaml
    tg w.tg --params=folder.yaml
    ended 2
    err_has "cannot read parameter file 'folder.yaml': it is a directory"
    TGRUN_PARAMS=missing.yaml tg w.tg
    ended 2
    err_has "cannot open parameter file 'missing.yaml'"
}
