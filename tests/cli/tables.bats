#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Reading what stands in files and texts as data: read_table, read_jsonl, from_json, to_json.
load helper

# table TEXT [ARGUMENTS [FILE]]: writes TEXT, with printf's escapes, to a table and reads it.
table() {
    # shellcheck disable=SC2059
    printf "$1" >"${3-x.csv}"
    run_tg "output a = read_table(\"${3-x.csv}\"${2:+, $2})"
}

# gives TEXT ARGUMENTS VALUE
gives() {
    table "$1" "$2"
    ended 0
    is "a = $3"
}

# refused TEXT ARGUMENTS MESSAGE
refused() {
    table "$1" "$2"
    ended 2
    err_has "$3"
}

@test "a table is a list of records of texts, known at graph time" {
    table 'sample\tn\tw\n"a ""q"" b"\t3\t2.5\n\nb\t4\t\r\n"two\nlines"\t\t"x\ty"' '' s.tsv
    is 'a = [{sample: "a \"q\" b", n: "3", w: "2.5"}, {sample: "b", n: "4", w: ""}, {sample: "two\nlines", n: "", w: "x\ty"}]'
    run_tg 'task lines(f: str, k: int) -> int { sh "echo $((${k} + 1))" }
rows = read_table("s.tsv", types = {n: "int?"})
ks = [lines(r.sample, r.n) for r in rows if r.n != nil]
assert len(ks) == 2
output a = ks'
    is 'a = [4, 5]'
}

@test "separators, line ends, marks, heads alone, no heads" {
    gives 'a,b\n1,2\n' '' '[{a: "1", b: "2"}]'
    gives '\xef\xbb\xbfa,b\r1, 2 \r' '' '[{a: "1", b: " 2 "}]'
    gives 'a;b\n1;"2;3"\n' 'sep = ";"' '[{a: "1", b: "2;3"}]'
    gives 'a,b\tc\n1,2\t3\n' 'sep = "\t"' '[{"a,b": "1,2", c: "3"}]'
    gives 'a,b\n' '' '[]'
    gives 'a,b' '' '[]'
    gives '' 'header = false' '[]'
    gives '1,2\n\n3,"4""5"' 'header = false' '[["1", "2"], ["3", "4\"5"]]'
    gives 'a\n1\n""\n\n' '' '[{a: "1"}, {a: ""}]'
    gives 'size,n\n5" disk,a "b" c\n' '' '[{size: "5\" disk", n: "a \"b\" c"}]'
    table 'a\tb,c\n1\t2\n' '' x.txt
    is 'a = [{a: "1", "b,c": "2"}]'
    table 'a,b\n1,2\n' '' x.txt
    is 'a = [{a: "1", b: "2"}]'
    table 'a,b\tc\n1,2\t3\n' '' x.TAB
    is 'a = [{"a,b": "1,2", c: "3"}]'
    gives "$(seq -s, 1 40)\n$(seq -s, 41 80)\n" 'types = {"40": "int"}' "[$(
        for i in {1..39}; do printf '"%s": "%s", ' "$i" $((i + 40)); done | sed 's/^/{/'
    )\"40\": 80}]"
}

@test "types of columns" {
    gives 'a,b,c\n1,2,x/y.c\n-4,1e3,z\n' 'types = {a: "int", b: "float", c: "file"}' \
        '[{a: 1, b: 2.0, c: "x/y.c"}, {a: -4, b: 1000.0, c: "z"}]'
    gives 'a,b\ntrue,1\nFALSE,1.5\n,\n' 'types = {a: "bool?", b: "num?"}' '[{a: true, b: 1}, {a: false, b: 1.5}, {a: nil, b: nil}]'
    gives 'a,b\n1,\n' 'types = {b: "str?"}' '[{a: "1", b: nil}]'
    gives '1,2\n3,\n' 'header = false, types = ["int", "num?"]' '[[1, 2], [3, nil]]'
    refused 'a,b\n1,x\n' 'types = {b: "int"}' "x.csv:2: column 'b': 'x' is not an int"
    refused 'a,b\n1,2\n1,\n' 'types = {b: "float"}' "x.csv:3: column 'b': '' is not a float"
    err_has 'hint: An empty cell is nil where the type is "float?".'
    refused 'a,b\nyes,1\n' 'types = {a: "bool"}' "x.csv:2: column 'a': 'yes' is neither true nor false"
    refused 'a,b\n,1\n' 'types = {a: "file"}' "x.csv:2: column 'a': an empty cell is no file"
    refused '1,2\n3,x\n' 'header = false, types = ["int", "int"]' "x.csv:2: column 2: 'x' is not an int"
    refused 'a,b\n1,2\n' 'types = {c: "int"}' "x.csv:1: there is no column 'c' to have a type: there are 'a', 'b'"
    refused 'a,b\n1,2\n' 'types = {a: "list[int]"}' "x.csv:1: the type of column 'a' must be \"str\", \"int\", \"float\", \"num\""
    refused 'a,b\n1,2\n' 'types = {a: 3}' "not 3"
    refused 'a,b\n1,2\n' 'types = {a: int}' "not a function: a type is a text here"
    refused '1,2\n' 'header = false, types = ["int"]' "x.csv:1: there is 1 type for 2 columns"
    refused 'a,b\n' 'types = ["int"]' "argument 'types' of 'read_table' must be record?, not list"
    refused '1,2\n' 'header = false, types = {a: "int"}' "argument 'types' of 'read_table' must be list?, not record"
}

@test "what is wrong with a table is said with its file and line" {
    refused 'a,b\n1,2\n"x\ny,3\n' '' "w.tg:1:12: error: x.csv:3: the quote that begins a cell here is never closed"
    refused 'a,b\n1,"x"y\n' '' "x.csv:2: a quoted cell goes on behind its closing quote"
    refused 'a,b\n"1\n\n",2\n1\n' '' "x.csv:5: a row of 1 cell, but the head has 2"
    refused 'a,b\r\n1,2\r\n1,2,\r\n' '' "x.csv:3: a row of 3 cells, but the head has 2"
    refused '1,2\n1\n' 'header = false' "x.csv:2: a row of 1 cell, but the first row has 2"
    refused '\na,,b\n' '' "x.csv:2: column 2 has no name in the head"
    refused 'a,b,a\n' '' "x.csv:1: the columns 1 and 3 have the same name 'a'"
    refused '' '' "could not read 'x.csv': it is empty, without even a head"
    refused '\n\r\n' '' "could not read 'x.csv': it is empty, without even a head"
    refused 'a,b\n1,caf\xe9\n' '' "x.csv:2: byte 0xe9 is not valid UTF-8"
    refused 'a,b\n1,\0\n' '' "x.csv:2: a NUL byte"
    refused '\x1f\x8b\x08\0abc\xff\xff' '' "x.csv:1: "
    mkdir dir
    run_tg 'output a = read_table("dir")
output b = read_table("nope.csv")'
    ended 2
    err_has "could not read 'dir': Is a directory"
    run_tg 'output a = read_table("nope.csv")'
    err_has "could not read 'nope.csv': No such file or directory"
}

@test "wrong arguments of read_table" {
    refused 'a\n' 'sep = ";;"' "argument 'sep' of 'read_table' must be one ASCII character"
    refused 'a\n' 'sep = "\n"' "must be one ASCII character"
    refused 'a\n' 'sep = 3' "argument 'sep' of 'read_table' must be str?, not int"
    refused 'a\n' 'header = "no"' "argument 'header' of 'read_table' must be bool, not str"
    refused 'a\n' 'head = false' "function 'read_table' has no parameter 'head'"
    refused 'a\n' 'header = [1][0]' "argument 'header' of 'read_table' must be bool, not int"
    run_tg 'output a = read_table(3)'
    err_has "argument 'path' of 'read_table' must be str, not int"
}

@test "a table is read when its path is known, and behind after when that is done" {
    local how
    for how in --scheduler=single-threaded '--scheduler=threads -j 2'; do
        rm -f made.csv
        # shellcheck disable=SC2086
        run_tg 'task make(n: int) -> file("made.csv") { sh "printf \"a,b\\n1,${n}\\n\" > ${out}" }
m = make(7)
output a = read_table(m)
output b = after(read_table("made.csv", types = {b: "int"}), m)
output c = read_table(m, types = {a: identity("int")}, sep = identity(","), header = identity(true))
output d = [x.b for x in read_table(m)]
output e = try(read_table(identity("nope.csv")), "none")
output f = try(read_table("nope.csv"), [])
output g = map(read_table, [m])' $how
        ended 0
        is 'a = [{a: "1", b: "7"}]
b = [{a: "1", b: 7}]
c = [{a: 1, b: "7"}]
d = ["7"]
e = none
f = []
g = [[{a: "1", b: "7"}]]'
    done
    run_tg 'output a = read_table(identity("nope.csv"))'
    ended 1
    err_has "w.tg:1:12: error: could not read 'nope.csv': No such file or directory"
    run_yaml 'tasks: {rows: {call: read_table, args: [made.csv], kwargs: {types: {b: int}}}}
outputs: [rows]'
    is 'rows = [{a: "1", b: 7}]'
}

@test "a large table" {
    awk 'BEGIN { print "sample\tn"; for (i = 0; i < 200000; i++) print "s" i "\t" i }' >big.tsv
    run_tg 'rows = read_table("big.tsv", types = {n: "int"})
output a = [len(rows), sum([r.n for r in rows]), rows[199999].sample]'
    is 'a = [200000, 19999900000, "s199999"]'
}

@test "a wide table" {
    seq -s "$(printf '\t')" 200000 >numbers
    { sed 's/[0-9]*/gene&/g' numbers; cat numbers; } >wide.tsv
    run_tg 'rows = read_table("wide.tsv", types = {"gene${i}": "int" for i in 1..200001})
output a = [len(rows), len(rows[0]), rows[0].gene199999]'
    is 'a = [1, 200000, 199999]'
}

# said EXPRESSION MESSAGE: an error, before the run or in it.
said() {
    run_tg "output a = $1"
    [ "$status" != 0 ]
    err_has "$2"
}

@test "read_jsonl reads a value from each line that has one" {
    printf '{"a": 1}\r\n\n  \n{"a": [2, null]}\n"x"' >l.jsonl
    : >empty.jsonl
    local how
    for how in --scheduler=single-threaded '--scheduler=threads -j 2'; do
        # shellcheck disable=SC2086
        run_tg 'task make() -> file("made.jsonl") { sh "echo 7 > ${out}" }
m = make()
output a = read_jsonl("l.jsonl")
output b = read_jsonl(identity("l.jsonl"))[1].a
output c = [read_jsonl(m), after(read_jsonl("made.jsonl"), m), read_jsonl("empty.jsonl")]
output d = try(read_jsonl("nope"), "none")' $how
        ended 0
        is 'a = [{a: 1}, {a: [2, nil]}, "x"]
b = [2, nil]
c = [[7], [7], []]
d = none'
    done
    printf '1\n\n{"a": }\n' >l.jsonl
    said 'read_jsonl("l.jsonl")' "w.tg:1:12: error: l.jsonl:3: column 7: unexpected token near '}'"
    printf '1\n2 3\n' >l.jsonl
    said 'read_jsonl(identity("l.jsonl"))' "l.jsonl:2: column 3: end of file expected near '3'"
    printf '1\n\xff\n' >l.jsonl
    said 'read_jsonl("l.jsonl")' "l.jsonl:2: byte 0xff is not valid UTF-8"
    said 'read_jsonl(".")' "could not read '.': Is a directory"
    said 'read_jsonl(3)' "argument 'path' of 'read_jsonl' must be str, not int"
}

@test "from_json and to_json: of known texts at once, of results as tasks" {
    local how
    for how in --scheduler=single-threaded '--scheduler=threads -j 2'; do
        # shellcheck disable=SC2086
        run_tg 'r = from_json("{\"a\": [1, 2.5, null, true], \"b c\": {}}")
output a = [r, len([1 for x in r.a])]
output b = to_json({a: [1, nil, 2.5, "x\"y", file("a/b")], b: {}})
output c = [from_json(identity("[1]")), to_json([identity(1), 2]), to_json(identity("ü"))]
output d = from_json(to_json(r)) == r
output e = try(from_json("["), "none")
output f = map(to_json, [1, identity([])])' $how
        ended 0
        is 'a = [{a: [1, 2.5, nil, true], "b c": {}}, 4]
b = {"a":[1,null,2.5,"x\"y","a/b"],"b":{}}
c = [[1], "[1,2]", "\"ü\""]
d = true
e = none
f = ["1", "[]"]'
    done
    said 'from_json("[1\n,")' "w.tg:1:12: error: the text is no JSON: line 2, column 1"
    said 'from_json(identity("[1"))' "task 'from_json' failed: the text is no JSON: line 1, column 2: ']' expected near end of file"
    said 'from_json("")' "the text is no JSON: line 1, column 1"
    said 'from_json("{\"a\": 1, \"a\": 2}")' "duplicate object key"
    said 'from_json(3)' "argument 'text' of 'from_json' must be str, not int"
    said 'from_json(identity(3))' "parameter 'text' of task 'from_json' takes str, not int"
    said 'to_json(len)' "argument 'x' of 'to_json' cannot be a function"
    said 'to_json(as_completed([identity(1)]))' "argument 'x' of 'to_json' cannot be a stream"
    said 'to_json({a: [len]})' "the record cannot be JSON: it holds a function"
    said 'to_json([identity(1), as_completed([identity(1)])])' "task 'to_json' failed: the list cannot be JSON: it holds a stream"
    run_tg 'x = []
for i in 0..999 { x = [x] }
output a = from_json(to_json(x)) == x
output b = try(to_json([x]), "too deep")'
    is 'a = true
b = too deep'
}
