#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Records: joined, with keys that are evaluated, from comprehensions, gone through by key and value; known and of tasks.
load helper

# Known, and behind a task.
each_way() {
    local id
    for id in '' identity; do
        run_tg "${1//ID/$id}"
        is "$2"
    done
}

@test "records are joined: the right one's values, in the order of first setting" {
    each_way 'r = ID({a: 1, b: 2}); s = ID({b: 3, c: 4})
output x = r + s
output y = s + r + {}
t = r
t += {d: identity(5)}
output z = [t, r]' 'x = {a: 1, b: 3, c: 4}
y = {b: 2, c: 4, a: 1}
z = [{a: 1, b: 2, d: 5}, {a: 1, b: 2}]'
    run_tg 'output x = {a: 1} + identity([1])'
    ended 1
    err_has 'cannot compute record + list'
}

@test "a record that grows in a loop is not copied in each round" {
    run_tg 'r = {}; i = identity(0); s = {}
while i < 20000 { r += {"k${i}": i}; i += 1 }
for i in 0..50000 { s = s + {"n${i}": i} }
output n = [len(r), r.k19999, len(s), s.n49999]'
    is 'n = [20000, 19999, 50000, 49999]'
}

@test "a key is a text with values in it; of several that are the same the last counts" {
    each_way 'k = ID("a"); n = ID(7)
output x = {"${k}": 1, b: 2, "${k}${n}": identity(3), "${n}": 4}
output y = {"${k}": 1, b: 2, "${k}": 3}
output z = {a: 1, "${k}": 2}.a' 'x = {a: 1, b: 2, a7: 3, "7": 4}
y = {a: 3, b: 2}
z = 2'
}

@test "with known keys a record is known, whatever its values are" {
    run_tg 'r = {"${"a"}": identity(1), b: identity([2])}
output names = [k for k in r]
output n = len({"${k}${i}": sleep(1h) for k, v in r for i in 0..3})' -v
    is 'names = ["a", "b"]
n = 6'
    err_lacks sleep
}

@test "comprehensions make records" {
    each_way 'r = ID({a: 1, b: 2, c: 3})
output x = {"${k}!": v * v for k, v in r if k != "b"}
output y = {"${k}${i}": [k, v] for i in 0..2 for k, v in r if v + i > 2}
output z = {"${v % 2}": k for k, v in r}
output e = {"${x}": x for x in ID([])}
output k = {"${x}": x for x in ID(["q", "p"])}.p' 'x = {"a!": 1, "c!": 9}
y = {c0: ["c", 3], b1: ["b", 2], c1: ["c", 3]}
z = {"1": "c", "0": "b"}
e = {}
k = p'
}

@test "keys and values in loops" {
    each_way 'r = ID({a: 1, b: identity(2)})
n = 0; names = ""
for k, v in r { n += v; names += k }
output n
output names
output only = [k for k in r]
output pairs = [[v, k] for k, v in r]
output both = ["${a}${b}" for a, b in ID([[1, 2], [3, 4]])]' 'n = 3
names = ab
only = ["a", "b"]
pairs = [[1, "a"], [2, "b"]]
both = ["12", "34"]'
    each_way 'output x = try([a for a, b, c in ID({x: 1})], "no")' 'x = no'
    run_tg 'for a, b, c in {x: 1} { print(a) }'
    ended 2
    err_has 'is taken apart into two names, its key and its value, not 3'
}

@test "a key that would be the same for every item is an error" {
    run_tg 'r = {k: v for k, v in {a: 1}}'
    ended 2
    err_has "the key 'k' would be the same for every item"
    err_has 'a text with ${..}: "${k}"'
    run_tg 'r = {"k": 1 for k in [1]}'
    ended 2
    err_has 'would be the same for every item'
    run_tg 'r = {a: 1, a: 2}'
    ended 2
    err_has "key 'a' is given twice"
}

@test "keys and comprehensions of records in both forms" {
    cat >w.yaml <<'END'
params: {name: str}
tasks:
  r: {value: {"${name}": 1, "a $${x}": 2, "x-${name}": {"${1 + 1}": 3}}}
  c: {value: '${{"${k}!": v for k, v in r}}'}
  l: {for: {"k, v": "${r}"}, value: "${k}"}
outputs: [r, c, l]
END
    tg w.yaml -D name=n
    is 'r = {n: 1, "a \${x}": 2, "x-n": {"2": 3}}
c = {"n!": 1, "a \${x}!": 2, "x-n!": {"2": 3}}
l = ["n", "a \${x}", "x-n"]'
    local want=$output
    tg convert w.yaml --to=tg
    has '"a \${x}": 2, "x-${name}": {"${1 + 1}": 3}}'
    echo "$output" >w.tg
    tg w.tg -D name=n
    is "$want"
    tg convert w.tg --to=yaml
    has 'r: {value: {"${name}": 1, "a $${x}": 2, "x-${name}": {"${1 + 1}": 3}}}'
    echo "$output" >v.yaml
    tg v.yaml -D name=n
    is "$want"
    echo 'output x = {"${1}": 1, "${1}": 2}' >t.tg
    tg convert t.tg --to=yaml
    echo "$output" >t.yaml
    tg t.yaml
    is 'x = {"1": 2}'
}

@test "fmt keeps keys that are evaluated" {
    cat >w.tg <<'END'
x = {"${1}": 1, b: 2}
y = {"a${k}": v for k, v in x if v > 1}
if ({"${1}": 1} + {}).a == 1 {
    print(1)
}
z = {
    "a rather long key of which there are ${1 + 1}": "and a rather long value of which there is one",
    # and a comment
    "b": 1,
}
END
    cp w.tg before
    tg fmt -w w.tg || tg fmt w.tg
    diff before w.tg
}
