#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Built-in functions on known values; on futures they are in futures.bats.
load helper

@test "numbers" {
    run_tg 'output a = [abs(-3), abs(2.5), round(2.5), round(3.5), round(2.567, 2), round(1234, digits = -2)]
output b = [int("42"), int(3.9), int(-3.9), int(true), float("1e3"), float(2), float("inf"), bool("x")]
output c = [min(3, 1, 2), max([1, 5, 2]), min(["b", "a"]), max(1, 2.5)]'
    ended 0
    is 'a = [3, 2.5, 2, 4, 2.57, 1200]
b = [42, 3, -3, 1, 1000.0, 2.0, inf, true]
c = [1, 5, "a", 2.5]'
}

@test "lists" {
    run_tg 'output a = [len([1, 2]), len("hé"), len({a: 1}), range(3), range(1, 3), range(3, 0, -1), range(0, 6, step = 2)]
output b = [zip([1, 2], ["a", "b", "c"]), enumerate(["x"]), enumerate(["x", "y"], start = 1)]
output c = [sorted([3, 1, 2]), sorted(["b", "a"], reverse = true), reversed([1, 2]), flatten([[1], [2, [3]]]), flatten([])]
output d = [keys({a: 1, b: 2}), values({a: 1, b: 2})]
output e = range(2, step = 1)'
    ended 0
    is 'a = [2, 2, 1, [0, 1, 2], [1, 2], [3, 2, 1], [0, 2, 4]]
b = [[[1, "a"], [2, "b"]], [[0, "x"]], [[1, "x"], [2, "y"]]]
c = [[1, 2, 3], ["b", "a"], [2, 1], [1, 2, [3]], []]
d = [["a", "b"], [1, 2]]
e = [0, 1]'
}

@test "a bound of a range is an int, or there is no range" {
    local bound
    for bound in nil '"a"' 1.5 'identity(nil)'; do
        run_tg "output xs = 3..$bound"
        [[ $status == 1 || $status == 2 ]]
        err_has 'a bound of a range must be int, not '
        is ''
    done
    run_tg 'task lines() -> int { sh "exit 1" }
n = lines() with allow_failure = true
output xs = 3..n
output ys = try(3..n, [])'
    ended 0
    is "xs: skipped (needs 'lines', which failed and may)
ys = []"
}

@test "functions over lists" {
    run_tg 'output a = [map(str, [1, 2]), filter(fn(x) = x % 2, [1, 2, 3]), fold(fn(a, x) = a + [x], [1, 2], [])]
output b = [reduce(max, [3, 5, 1]), reduce(fn(x, y) = x + y, ["a", "b", "c"]), reduce(min, [4]), reduce(max, [], init = 0)]
fn join(a, b, c = "") = a + b + c
output c = reduce(join, ["1", "2", "3", "4", "5"], arity = 3)
output d = [map(fn(p) = p[0], [[1]]), map(len, []), filter(bool, [0, 1])]'
    ended 0
    is 'a = [["1", "2"], [1, 3], [1, 2]]
b = [5, "abc", 4, 0]
c = 12345
d = [[1], [], [1]]'
}

@test "texts of values" {
    run_tg 'output a = [str(1), str(1.0), str("x"), str([1, "x"]), str({a: nil}), str(true), "${[nil]}"]
output b = "a" + str(1) + "${2}"'
    ended 0
    is 'a = ["1", "1.0", "x", "[1, \"x\"]", "{a: nil}", "true", "[nil]"]
b = a12'
}

@test "the world at graph time" {
    mkdir data && touch data/b.csv data/a.csv data/c.txt
    echo '{"a": [1, 2.5, null], "b": "x"}' >f.json
    TG_TEST_VALUE='a b' run_tg 'fs = glob("data/*.csv")
output a = [fs, [f.stem for f in fs], glob("nothing*")]
output b = [env("TG_TEST_VALUE"), env("TG_TEST_NOTHING"), env("TG_TEST_NOTHING", "d"), env("TG_TEST_NOTHING", default = 3)]
output c = read_json("f.json").a'
    ended 0
    is 'a = [["data/a.csv", "data/b.csv"], ["a", "b"], []]
b = ["a b", nil, "d", 3]
c = [1, 2.5, nil]'
    TG_TEST_VALUE=$'\xff' run_tg 'output a = env("TG_TEST_VALUE")'
    ended 2
    err_has "environment variable 'TG_TEST_VALUE' is not UTF-8"
}

@test "print writes a line to standard error, in the run" {
    run_tg 'use math
print("a", 1, [inc(1)])
print()
x = print("b")
output o = x'
    ended 0
    is 'o = nil'
    err_has 'a 1 [2]'
    err_has b
}

@test "sleep and identity" {
    run_tg 'output a = [sleep(0.01), sleep(seconds = 0, value = 5), identity([1])]'
    ended 0
    is 'a = [nil, 5, [1]]'
    run_tg 'output a = sleep(-1)'
    ended 1
}

@test "tasks that only the operators need are no names" {
    for name in list record template unpack index slice field neg; do
        run_tg "output a = $name([1])"
        ended 2
        err_has "unknown task '$name'"
    done
    run_tg 'fn list(x) = [x]
index = 3
output a = list(index)'
    ended 0
    is 'a = [3]'
}

@test "a float in a text has no exponent" {
    run_tg 'xs = [2e-5, -1e-7, 1e15, 1e16, -1.5e22, 123456789012345678.0, 1.5, 0.0001, 5e-324, 1e300, 1.7976931348623157e308]
output a = "${xs[0]} ${xs[1]} ${xs[2]} ${xs[3]} ${xs[4]} ${xs[5]} ${xs[6]} ${xs[7]}"
output b = str(identity(xs[3]))
output c = str([1e-9, {x: 1e-9}])
output d = [float(str(x)) == x for x in xs]
output e = [len(str(x)) for x in xs[8:]]
output f = str(1e300)[:4] + str(1e300)[-4:]
output g = "${float("inf")} ${-float("inf")} ${float("nan")}"
output h = identity(2e-5)
output i = [2e-5]'
    ended 0
    is 'a = 0.00002 -0.0000001 1000000000000000.0 10000000000000000.0 -15000000000000000000000.0 123456789012345680.0 1.5 0.0001
b = 10000000000000000.0
c = [0.000000001, {x: 0.000000001}]
d = [true, true, true, true, true, true, true, true, true, true, true]
e = [326, 303, 311]
f = 100000.0
g = inf -inf nan
h = 2e-05
i = [2e-05]'
    run_tg 'output x = 1e300 ** 2'
    err_has 'float overflow in 1e+300 ** 2'
}

@test "a float among the words of a command has no exponent" {
    run_tg 'use text
task t(x: float, xs: list[float]) -> list[str] {
    sh "echo ${x} ${xs} \"${xs}\" ${raw(x)}"
    run ["echo", x, xs]
    run ["cat"] < text(xs)
}
task made(x: float) -> file("${x}.txt") { sh "touch ${out}" }
output a = t(2e-5, [1e-7, 1e21])
output b = made(2e-5)
output c = join([1e-7], " ")
print(1e-7)
output d = try(fail("no ${1e-7}"), 0)'
    ended 0
    is 'a = ["0.00002 0.0000001 1000000000000000000000.0 0.0000001 1000000000000000000000.0 0.00002", "0.00002 0.0000001 1000000000000000000000.0", "0.0000001", "1000000000000000000000.0"]
b = 0.00002.txt
c = 0.0000001
d = 0'
    err_has '0.0000001'
}

# formats: lines of `VALUE|SPEC|TEXT`, perhaps with a further bar, from standard input, each known and as a task.
formats() {
    local value spec text end specs=() wanted=()
    while IFS='|' read -r value spec text end; do
        specs+=("[$value, \"$spec\"]")
        wanted+=("\"$text\"")
    done
    printf 'xs = [%s]\noutput a = [format(x, s) for x, s in xs]\noutput b = [format(identity(x), spec = s) for x, s in xs] == a\n' \
        "$(printf '%s, ' "${specs[@]}")" >w.tg
    tg w.tg
    ended 0
    is "a = [$(printf '%s, ' "${wanted[@]}" | sed 's/, $//')]
b = true"
}

@test "format: texts and bools" {
    formats <<'END'
"ab"||ab
"ab"|5|ab   |
"ab"|>5|   ab
"ab"|*^5|*ab**
"äöü"|ß<5.2|äößßß
"ab"|05s|ab000
true|6|true  |
false|d|0
true|.1f|1.0
END
}

@test "format: ints" {
    formats <<'END'
5||5
-5|03|-05
5|+|+5
5| d| 5
5|*=+5|+***5
255|x|ff
255|#X|0XFF
255|#010b|0b11111111
8|o|10
65|c|A
8364|3c|  €
1234567|,|1,234,567
1234567|_d|1_234_567
65535|_b|1111_1111_1111_1111
1234|08,|0,001,234
-9223372036854775807 - 1|,|-9,223,372,036,854,775,808
7|.2f|7.00
END
}

@test "format: floats" {
    formats <<'END'
3.14159|.2f|3.14
3.14159|8.3f|   3.142
-0.5|+.1%|-50.0%
0.00002||0.00002
0.00002|e|2.000000e-05
0.00002|.1E|2.0E-05
0.00002|g|2e-05
1234567.891|,.2f|1,234,567.89
100.0|.3|1e+02
100.0|.4|100.0
100.0|.3g|100
2.5|.0f|2
2.5|#.0f|2.
-0.0|.1f|-0.0
1e300|.3G|1E+300
2.5|#g|2.50000
999999.5|#g|1.00000e+06
999999.5|#.1G|1.E+06
99.5|#.2g|1.0e+02
99.5|#.3g|99.5
0.000099996|#.4g|0.0001000
9.5|#.0g|1.e+01
999.5|#.3|1.00e+03
END
    run_tg 'output x = [format(float(x), s) for x in ["inf", "-inf", "nan"] for s in ["F", "06", ".1%", ","]]'
    is 'x = ["INF", "000inf", "inf%", "inf", "-INF", "-00inf", "-inf%", "-inf", "NAN", "000nan", "nan%", "nan"]'
}

@test "format: what is wrong names the spec and the place" {
    local line
    while IFS='|' read -r value spec message; do
        run_tg "output x = format($value, \"$spec\")"
        ended 2
        err_has "w.tg:1:12: error: in the format '$spec': $message"
        run_tg "output x = format(identity($value), \"$spec\")"
        ended 1
        err_has "task 'format' failed: in the format '$spec': $message"
    done <<'END'
1.5|.3q|unknown type 'q' at column 3
1.5|.3ff|the end expected, found 'f' at column 4
1.5|ä.2q|unknown type 'ä' at column 1
1.5|.f|a precision expected at column 2
1.5|9999999|the width is larger than 1000000 at column 1
1.5|.9999999f|the precision is larger than 1000000 at column 2
1.5|5x|'x' does not go with a float at column 2
5|.2|a precision does not go with an int at column 1
5|,x|',' does not go with the type 'x' at column 1
5|+c|'+' does not go with a character at column 1
-1|c|-1 is no character at column 1
5|s|'s' does not go with a number at column 1
"a"|.2f|'f' does not go with a text at column 3
"a"|=5|'=' does not go with a text at column 1
"a"|+|'+' does not go with a text at column 1
"a"|5,|',' does not go with a text at column 2
true|+s|'+' does not go with a text at column 1
END
    run_tg 'output x = format([1], "")'
    err_has "cannot format list: 'format' takes a number, a bool or a text"
    run_tg 'output x = format(1)'
    ended 2
    err_has "'format' needs"
    run_tg 'output x = format(1, 2)'
    ended 2
}
