# Each must be refused. DAG and TREE are small arrays and objects that take
# 2^60 values when they are walked; DEEP nests a million times; BIG is an array of
# a million items, and LONG a text of a million letters.

# Functions that walk a value
DAG | tojson
DAG | tostring
DAG | @text
DAG | @json
DAG | @html
DAG | @uri
DAG | @base64
DAG | @base64d
DAG | "x\(.)"
DAG | @json "x\(.)"
DAG | @html "x\(.)"
DAG | @base64 "x\(.)"
DAG | {"a\(.)": 1}
DAG | {"a\(.)"}
DAG | . as {"a\(.)": $x} | $x
DAG as $d | {} | ."a\($d)"
DAG | format("json", "uri")
TREE | tojson
TREE | tostring
TREE | @uri
DAG | flatten
DAG | flatten(50)
[TREE] | flatten | tojson
DAG == DAG
DAG != DAG
DAG < DAG
DAG >= DAG
TREE == TREE
TREE > TREE
[DAG, DAG] | sort
[DAG, DAG] | unique
[DAG, DAG] | min
[DAG, DAG] | max
[DAG, DAG] | sort_by(.)
[DAG, DAG] | group_by(.)
[DAG, DAG] | unique_by(.)
[DAG, DAG] | min_by(.)
[DAG, DAG] | max_by(.)
[DAG] | bsearch(DAG)
[DAG] | index([DAG])
[DAG] | rindex([DAG])
[DAG] | indices([DAG])
[DAG] | .[[DAG]]
[DAG] | getpath([[DAG]])
[DAG] - [DAG]
DAG | contains(DAG)
DAG | inside(DAG)
TREE | contains(TREE)
TREE * TREE
DAG | [paths] | length
DAG | [..] | length
DAG | [tostream] | length
DAG | walk(.)
try error(DAG) catch tojson
DAG | IN(DAG)
DAG | [.] | IN(.[]; DAG)
[DAG, DAG] | INDEX(.)
DAG | delpaths([[DAG], [DAG]])
DAG | del(..)
DAG | to_entries | tojson
DAG | splits(DAG | tojson)
DAG as $x | [$x, $x] | any(. == $x)
{"a": DAG} | .a |= tojson
{"a": DAG} | .a += [1] | .a == DAG
[DAG] | join(DAG | tojson)
[limit(3; repeat(DAG))] | unique
DAG | until(tojson == ""; .)
try (DAG | tojson) catch 1
[range(100) | try (DAG | tojson) catch 1] | length
(DAG | tojson)? // 1
DAG | .. |= .
DAG | tojson | fromjson

# Nesting
DEEP | tojson
DEEP | flatten
DEEP == DEEP
DEEP | contains(DEEP)
DEEP | [getpath([range(1000000) | 0])] | tojson
reduce range(1000000) as $i (0; {a: .}) | . * .
reduce range(1000000) as $i (0; {a: .}) | tostring
null | setpath([range(1000000) | 0]; 1)
null | setpath([range(20000) | "a"]; 1)

# Results that grow
"x" * 1000000000
1000000000 * "x"
LONG * 1000
reduce range(40) as $i ("x"; . + .)
reduce range(40) as $i ("x"; . * 2)
reduce range(40) as $i ([0]; . + .)
reduce range(40) as $i ("x"; [., .] | add)
reduce range(40) as $i ("x"; [., .] | join("-"))
reduce range(40) as $i ("x"; "\(.)\(.)")
reduce range(40) as $i ("x"; gsub("x"; "xx"))
reduce range(12) as $i ("\u0001<" * 100000; @html, tojson)
reduce range(200) as $i ("aaa"; @base64)
reduce range(200) as $i ("aaa"; base64url)
reduce range(40) as $i ("'"; @sh)
reduce range(40) as $i (["\""]; [@csv, @csv])
reduce range(40) as $i ([0]; [.[], .[]])
reduce range(30) as $i ({}; . + {"\($i)": .} | . * .) | tojson
[range(2000) | [LONG, "b"] | add] | length
[range(2000) as $i | LONG + "\($i)"] | length
[range(200) as $i | LONG | ascii_downcase] | length
[range(200) as $i | LONG | ascii_upcase] | length
[range(200) as $i | LONG | explode] | length
[range(200) as $i | LONG | explode | implode] | length
[range(200) as $i | LONG | split("")] | length
[range(200) as $i | LONG / ""] | length
[range(200) as $i | LONG | @base64d] | length
[range(200) as $i | LONG | @urid] | length
[range(200) as $i | LONG | sha256, base64url] | length
[range(200) as $i | LONG | [match("a"; "g")]] | length
[range(200) as $i | LONG | [scan("a")]] | length
[range(200) as $i | LONG | [splits("a")]] | length
[range(200) as $i | LONG | gsub("a"; "b")] | length
BIG as $b | [range(200) | $b | keys] | length
BIG as $b | [range(200) | $b | reverse] | length
BIG as $b | [range(200) | $b | sort] | length
BIG as $b | [range(200) | $b | . + [1]] | length
BIG as $b | [range(200) | $b | . - [1]] | length
BIG as $b | [range(200) | $b | flatten] | length
BIG as $b | [range(200) | $b | unique] | length
BIG as $b | [range(200) | $b | .[0] = 1] | length
BIG as $b | [range(200) | $b | .[0] |= 2] | length
BIG as $b | [range(200) | $b | del(.[0])] | length
BIG as $b | [range(200) | $b | tojson] | length
BIG as $b | [range(200) | $b | tojson | fromjson] | length
BIG as $b | [range(200) | $b | join("abcdefghij")] | length
BIG as $b | [range(200) | $b | indices(0, 1)] | length
BIG as $b | [range(200) | [$b, $b] | transpose] | length
BIG as $b | [range(200) | $b | map(. + 1)] | length
BIG as $b | [range(200) | $b | to_entries] | length
BIG as $b | [range(200) | $b | [.[]]] | length
BIG | .[] as $a | BIG | .[] as $b | BIG | .[] as $c | BIG | .[] as $d | BIG | .[] as $e | BIG | first(.[])
BIG as $b | def f: $b[] as $x | f; f
[range(3000) as $i | [range(3000)] | transpose?, [[range(3000)], [range(3000)]]] | length
[[range(100000)], (range(100000) | [])] | transpose | length
[range(1000000) | null] | join(LONG)
[range(1000000) | []] | map({a: 1, b: 2, c: 3}) | map(. + {d: 4}) | map([., .])
{} | reduce range(3000000) as $i (.; .["k\($i)"] = {a: $i})
[range(1000000) | tostring | {(.): .}] | add | [., to_entries, keys]
null | [range(300) | [] | .[1000000] = 1] | length
[range(100) as $i | null | .[5000000] = $i] | length
null | .[500000000] = 1
null | setpath([500000000]; 1)
null | .[(500000000)] |= 1
null | .[400000000:400000001] = [1] | .[400000000] = 1
[range(100) | null | setpath([4000000, 4000000]; 1)] | length
def f: 1 + f; f
def f: [f]; f
def f: {a: f}; f
def f: f | f; f
def f(g): f(g | g); f(.)
def f: ., f; [f] | length
0 | [recurse(. + 1)] | length
[repeat(1)] | length
[range(1e12)] | length
[range(infinite)] | length
[limit(1e9; repeat(.))] | length
last(range(1e12))
[0 | while(true; . + 1)] | length
0 | until(false; . + 1)
isempty(repeat(empty))
first(repeat(empty))
any(repeat(false); .)
all(repeat(true); .)
skip(1e9; repeat(1))
nth(1e9; repeat(1))
reduce repeat(1) as $x (0; . + 1)
foreach repeat(1) as $x (0; .; empty)
label $out | foreach repeat(1) as $x (0; . + 1; if . == 1e12 then break $out else empty end)
[[range(1000)] | combinations(3)] | length
[range(10)] | [combinations(20)] | length
[range(10) | [range(10)]] | [., ., ., .] | add | [combinations] | length
[range(100000)] as $a | $a - ($a | map(. + 0.5)) | length
[range(100000)] as $a | $a | map(. as $x | $a | index($x)) | length
[range(1000000) | 0] as $a | $a | indices([range(1000) | 0] + [1]) | length
("a" * 1000000) | indices("a" * 500000) | length
[range(200000)] | map({key: tostring, value: .}) | from_entries | with_entries(.value += 1) | with_entries(.value += 1) | [., .] | map(to_entries) | add | INDEX(.key)
reduce range(3000) as $i ({}; .["k\($i)"] = .)

# Numbers
reduce range(40) as $i (3; . * .)
reduce range(40) as $i (12345678901234567890; . * .) | tostring
[range(20000) | "9"] | add | tonumber
[range(20000) | "9"] | add | fromjson
[range(20000) | "9"] | "[\(add)]" | fromjson
jn(1e15; 1e16)
yn(1e15; 1e16)
0 | strftime("%999c" * 100000)
0 | gmtime | strftime("%999c" * 100000)
"x" | strptime("%Y" * 100000)

# Regular expressions
LONG | test("(a?){500}(a?){500}(a?){500}b"; null)
LONG | gsub("a(.*z)?"; "")
LONG | [scan("a(.*z)?")] | length
LONG | [match("a.*z|a"; "g")] | length
LONG | [splits("a.*z|a")] | length
LONG | sub("a(.*z)?"; ""; "g")
"x" | test("(a{30}){30}" * 20)
"x" | test("(a|" * 20000 + "b" + ")" * 20000)
"x" | test("[a-z]{1000}" * 20)
LONG | [match(""; "g")] | length
LONG | [match("(a)(a)(a)(a)(a)(a)"; "g")] | length
[range(1000000) | tostring as $r | "x" | test($r)] | length
LONG | reduce range(1000) as $i (.; gsub("a"; "a"))
LONG as $l | [$l | splits("a")] | map($l) | add

# Loops over steps that take long and leave nothing behind
LONG as $l | last(LOOP $l | length)
LONG as $l | last(LOOP $l[999990:])
LONG as $l | last(LOOP $l[5])
LONG as $l | last(LOOP 5 as $i | $l | .[$i])
LONG as $l | last(LOOP $l | .[length - 1:])
LONG as $l | last(LOOP $l | ascii_downcase, ascii_upcase | 1)
LONG as $l | last(LOOP $l | startswith($l), endswith($l), ltrimstr($l), rtrimstr($l), trimstr($l), trim)
LONG as $l | last(LOOP $l + "a" == $l + "a")
LONG as $l | last(LOOP {($l + "a"): 1})
LONG as $l | last(LOOP {"\($l)": 1})
LONG as $l | {} | last(LOOP {} | .[$l + "b"])
LONG as $l | last(LOOP {} | has($l + "b"))
LONG as $l | last(LOOP {} as {($l + "a"): $x} | 1)
LONG as $l | last(LOOP $l * 2 | 1)
LONG as $l | last(LOOP $l | tojson, @json, @html, @uri, @sh, @base64 | 1)
LONG as $l | last(LOOP [$l] | @csv, @tsv | 1)
LONG as $l | last(LOOP $l | explode | 1)
LONG as $l | last(LOOP $l | tonumber? // 1)
LONG as $l | last(LOOP $l | fromjson? // 1)
LONG as $l | last(LOOP $l | strptime("%Y")? // 1)
LONG as $l | last(LOOP $l | mktime? // 1)
LONG as $l | last(LOOP $l | contains("b"))
LONG as $l | last(LOOP $l | indices("b"))
LONG as $l | last(LOOP $l | split("b") | 1)
LONG as $l | last(LOOP $l | test("b"))
LONG as $l | last(LOOP $l | sub("b"; "c") | 1)
LONG as $l | last(LOOP $l | sha256, md5, hex, base64url, hmac_sha256($l) | 1)
LONG as $l | last(LOOP "b" | hmac_sha256($l))
LONG as $l | last(LOOP "b" | startswith("b" + $l))
LONG as $l | last(LOOP $l | claims, header)
LONG as $l | last(LOOP $l + "." + $l + "." | claims)
LONG as $l | last(LOOP $l | seconds? // 1)

# Errors that quote what is large
LONG as $l | last(LOOP try ($l | keys) catch 1)
LONG as $l | last(LOOP $l | .a?)
LONG as $l | last(LOOP $l | (.a.b)?)
LONG as $l | last(LOOP $l | .[]?)
LONG as $l | last(LOOP $l | .["a"]?)
LONG as $l | last(LOOP $l | getpath(["a"])?)
LONG as $l | last(LOOP [[[$l]]] | getpath([0, 0, 0, "a"])?)
LONG as $l | last(LOOP try ([[$l]] | sin) catch 1)
LONG as $l | last(LOOP try ($l - 1) catch 1)
LONG as $l | last(LOOP try ($l + 1) catch 1)
LONG as $l | last(LOOP try ($l % 2) catch 1)
LONG as $l | last(LOOP try (-$l) catch 1)
LONG as $l | last(LOOP try pow($l; 2) catch 1)
LONG as $l | last(LOOP try limit($l; 1) catch 1)
LONG as $l | last(LOOP try range($l) catch 1)
LONG as $l | last(LOOP try ({([$l]): 1}) catch 1)
LONG as $l | last(LOOP try ($l as [$x] | $x) catch 1)
LONG as $l | last(LOOP try ([1, $l] | add) catch 1)
LONG as $l | last(LOOP try ([$l] | implode) catch 1)
LONG as $l | last(LOOP try ([[], $l] | transpose) catch 1)
LONG as $l | last(LOOP try ($l | setpath(["a"]; 1)) catch 1)
LONG as $l | last(LOOP try ([[$l]] | setpath([0, 0, "a"]; 1)) catch 1)
LONG as $l | last(LOOP try ($l | .a = 1) catch 1)
LONG as $l | last(LOOP try ($l | del(.a)) catch 1)
LONG as $l | last(LOOP try path($l | tojson) catch 1)
LONG as $l | last(LOOP try ($l | todate) catch 1)
LONG as $l | last(LOOP try ([{}, 1] | join($l)) catch 1)
LONG as $l | last(LOOP try ([] | flatten($l)) catch 1)
LONG as $l | last(LOOP try ({} | has($l | [.])) catch 1)
LONG as $l | last(LOOP try (5 | test($l)) catch 1)
LONG as $l | last(LOOP try ($l | test(5)) catch 1)
([range(100000) | {key: tostring, value: 1}] | from_entries) as $o | last(LOOP try ($o | sin) catch 1)
([range(100000) | {key: tostring, value: 1}] | from_entries) as $o | last(LOOP $o | .[0]?)

# The same over lists and objects
BIG as $b | last(LOOP $b | .[[1]])
BIG as $b | last(LOOP $b | getpath([[1]]))
BIG as $b | last(LOOP $b | index(5), rindex(5))
BIG as $b | last(LOOP $b | min, max)
BIG as $b | last(LOOP $b | min_by(.))
BIG as $b | last(LOOP $b | add)
BIG as $b | last(LOOP $b | any(. == -1))
BIG as $b | last(LOOP $b | contains([-1]))
BIG as $b | last(LOOP $b | sort, unique | 1)
BIG as $b | last(LOOP $b | implode | 1)
BIG as $b | last(LOOP $b | @csv, @tsv, @sh | 1)
BIG as $b | last(LOOP $b == ($b | map(.)))
BIG as $b | last(LOOP $b | .[1:] == .[:-1])
BIG as $b | last(LOOP $b | first(.[]))
BIG as $b | last(LOOP $b | flatten(0) | 1)
BIG as $b | last(LOOP $b | bsearch([$b]))
BIG as $b | [[0], $b] | (range(1e12) as $i | .[0][0], .[0]) |= .
BIG as $b | last(LOOP $b | .[:-1][0] = 1 | 1)
BIG as $b | last(LOOP $b | .[1:3] = [1] | 1)
BIG as $b | last(LOOP {a: $b} | .a[0] += 1 | 1)
BIG as $b | last(LOOP $b | del(.[5]) | 1)
BIG as $b | last(LOOP [$b] | transpose? | 1)
([range(100000) | {key: tostring, value: 1}] | from_entries) as $o | last(LOOP $o | keys, to_entries, add, map_values(1), del(.["5"]), tojson | 1)
([range(100000) | {key: tostring, value: 1}] | from_entries) as $o | last(LOOP $o | .[], (. + {a: 1}), (. * {a: 1}), (.a = 1), ($o == $o), contains({a: 2}) | 1)
([range(100000) | {key: tostring, value: 1}] | from_entries) as $o | last(LOOP path($o), $o | join(",") | 1)

# Long paths
reduce range(9000) as $i (0; [.]) | [paths] | length
reduce range(9000) as $i (0; [.]) | last(LOOP path(..))
reduce range(9000) as $i (0; [.]) | [tostream] | length
reduce range(9000) as $i (0; [.]) | [range(1000) as $i | (.. |= .)] | length
[range(9000) | 0] as $p | (reduce range(9000) as $i (0; [.])) as $d | last(LOOP $d | getpath($p))
[range(9000) | 0] as $p | (reduce range(9000) as $i (0; [.])) as $d | last(LOOP $d | setpath($p; 1) | 1)
[range(9000) | 0] as $p | (reduce range(9000) as $i (0; [.])) as $d | last(LOOP $d | delpaths([$p]) | 1)
[range(9000) | 0] as $p | (reduce range(9000) as $i (0; [.])) as $d | last(LOOP $d | path(getpath($p)) | 1)

# Long numbers
(reduce range(10) as $i (13; . * .)) as $n | last(LOOP $n + 1.5)
(reduce range(10) as $i (13; . * .)) as $n | last(LOOP $n | sin, tostring, floor)
(reduce range(10) as $i (13; . * .)) as $n | last(LOOP [$n] == [$n + 1.5])
(reduce range(10) as $i (13; . * .)) as $n | last(LOOP $n % 7, $n / 7, $n - 7)
("9" * 900 | tonumber) as $n | last(LOOP $n + 1.5)
last(LOOP jn(1e6; 1e6), yn(1e6; 1e6))
last(LOOP 0 | strftime("%c" * 400))
