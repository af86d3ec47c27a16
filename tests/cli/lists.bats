#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Lists and texts that grow, in place where nobody else has them.
load helper

# Where each round copied what there is these would take hours: the watchdog ends that.
@test "a list and a text that grow in a loop that waits are not copied in each round" {
    run_tg 'x = identity(0); xs = []; s = ""; ys = []
while x < 100000 { xs += [x]; s += "x"; ys = ys + [1, 2]; x = x + 1 }
output n = [len(xs), len(s), len(ys), xs[99999]]'
    is 'n = [100000, 100000, 200000, 99999]'
    run_tg 'fn go(i, xs) = if i < 50000 { go(i + 1, xs + [identity(i)]) } else { xs }
output n = len(go(identity(0), []))'
    is 'n = 50000'
    run_tg 'x = identity(0); xs = []
while x < 30000 { if x % 3 == 0 { xs += [x] }; x = x + 1 }
output n = [len(xs), xs[9999]]'
    is 'n = [10000, 29997]'
}

@test "nor are they while the graph is built, and in functions that are given them" {
    run_tg 'xs = []; s = ""
for i in 0..200000 { xs = xs + [i]; s = s + "ab" }
output n = [len(xs), len(s)]
output m = len(fold(fn(a, x) = a + [x], range(identity(200000)), []))'
    is 'n = [200000, 400000]
m = 200000'
}

@test "a list that somebody else has too stays as it was" {
    local id
    for id in '' identity; do
        run_tg 'fn add(xs, x) { xs += [x]; xs }
fn twice(xs) { a = xs + [0]; b = xs + [1]; [a, b, xs] }
fn kept(n) { xs = []; f = fn() = xs; while len(xs) < n { ys = xs; xs = xs + ["x"] }; [xs, ys, f()] }
fn old(n) { xs = []; all = []; i = 0; while i < n { xs += [i]; all += [xs]; i += 1 }; all }
fn later(xs, c) { if c { return add(xs, 1) }; xs }
fn tried(xs) { ys = try(add(xs, 1)[9], xs); [xs, ys] }
xs = '$id'([5])
output a = [add(xs, 6), xs, xs + xs]
output b = twice('$id'([7]))
output c = kept('$id'(2))
output d = old('$id'(3))
output e = [later([1], '$id'(true)), later([1], '$id'(false))]
output f = tried('$id'([3]))
zs = [1]
for i in '$id'([1, 2]) { ws = zs; zs = add(zs, i); if i == 2 { break } }
output g = [ws, zs]
t = "a"; u = t; t += '$id'("b"); u += t + t
output h = [t, u]'
        ended 0
        is 'a = [[5, 6], [5], [5, 5]]
b = [[7, 0], [7, 1], [7]]
c = [["x", "x"], ["x"], []]
d = [[0], [0, 1], [0, 1, 2]]
e = [[1, 1], [1]]
f = [[3], [3]]
g = [[1, 1], [1, 1, 2]]
h = ["ab", "aabab"]'
    done
}

@test "futures in a list that grows are there as long as the list is" {
    local how
    for how in --scheduler=single-threaded '-j 4'; do
        # shellcheck disable=SC2086
        run_tg 'i = identity(0); xs = []; ys = []; z = 0
while i < 500 {
    xs += [identity(i)]
    if i % 100 == 99 { ys = xs; xs = [] }
    if i == 250 { z = ys[49] }
    i = i + 1
}
fs = [identity(i) for i in 0..100]
at = 0
for f in fs { if f == 70 { break }; at += 1 }
output a = [ys[0], ys[99], len(xs), z, at]' $how
        ended 0
        is 'a = [400, 499, 0, 149, 70]'
    done
}
