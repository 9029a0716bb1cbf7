# Each is run over many values, here and in gojq.
.
..
[..]
.[]
.[]?
[.[]?, .[]?]
.a
.a?
.a.b.c?
.a.b?.c
.["a"]
."a"
."\("a")"
.[0]
.[-1]
.[1.7]
.[1:]
.[:-1]
.[1:2]
.[null:2]
.["a","b"]?
.[(0,1)]?
.[[1,2]]?
.[[1]]?
.[["a"]]?
.[{"start":1,"end":2}]?
.[length]?
.[keys[0]]?
.a as $x | [$x, .b?]
. as [$a, [$b]] | [$a, $b]
. as {a: $x, $b} | [$x, $b]
. as {("a","b"): $x} | $x
. as {"\("a")": $x} | $x
.[] as [$a] ?// {a: $a} ?// $a | [$a]
{a: 1, b: .}
{a, "b", "c": 1}?
{"\("a")"}?
{"x\("a","b")y": 1}
{(tostring): 1}
{a: (1,2), b: (3,4)}
[1,2,3] as [$x] | {$x, $__loc__}
{"a":1} * {"a":{"b":2}} * .?
. + .
. - .
. * .
. / .
. % .
. + 1
1 + .
. - 1
. * 2
2 * .
. * 0
. * -1
. * 0.5
. * 1.5
. / 2
. / 0
. / ","
. / ""
. % 3
. % 0
5 % .
-.
-(.)
+.
. + null
null + .
. + "x"
. + [1]
. + {"z": 1}
. - [1, "a"]
. * {"a": {"b": {"d": 2}}}
9223372036854775807 + 1
-9223372036854775808 - 1
9223372036854775807 * 2
-9223372036854775808 * -1
-9223372036854775808 / -1
-9223372036854775808 % -1
100000000000000000000 + 1, 100000000000000000000 * 3, 100000000000000000000 / 3, 100000000000000000000 % 7, 100000000000000000000 - 1
100000000000000000000 / 10, 1 / 3, 4 / 2, 1.5 % 2, 5 % -2, -5 % 3, 5 % 1e30, nan % 3, 7 % infinite
1 / 0
1.0 / 0
. == ., . != ., . < ., . <= ., . > ., . >= .
. == 1, . < "a", . > null, . <= [1], . >= {"a":1}
nan == nan, nan < nan, [nan] == [nan], [nan] < [nan]
1 == 1.0, 9007199254740993 == 9007199254740992.0
{"a":1,"b":2} < {"a":1,"c":0}, {"a":2} < {"a":1,"b":1}
. and true, . or false, (. | not)
(true, false) and (true, false), ((true, false) or (true, false))
.a // "d"
(.[]? // "none")
empty // 1
first(.[]?) // 2
(error("x"))? // 3
if . then 1 else 2 end
if .a? then "a" elif .b? then "b" else "c" end
if (true, false) then 1 else 2 end
try error("x") catch .
try error({a: 1}) catch .a
try error(null) catch .
try error catch .
error
error(.)
[.[]? | try tonumber catch "no"]
try (1, error("x"), 3) catch .
(1, error("x"))?
label $out | 1, break $out, 2
[label $f | range(10) | ., (select(. == 3) | break $f)]
reduce .[]? as $x (0; . + 1)
reduce .[]? as [$a, $b] (null; . + $a)
reduce range(5) as $i ([]; . + [$i * 2])
reduce empty as $x (1; 2)
foreach .[]? as $x (0; . + 1)
foreach .[]? as $x (0; . + 1; [$x, .])
foreach range(3) as $i (0; . + $i, 10)
def f: . + 1; try f catch "e"
def f(g): g | g; f(tostring)
def f($a; $b): $a + $b; f("x"; "y")
def tojson: "mine"; tojson, @json, "\(.)"
def tostring: "mine"; tostring, "a\(1)b", @text "a\(1)"
def map(f): "mine"; map(.)
def recurse: "mine"; [..]
def f: def g: 3; g; f
def f(tojson): tojson; f(1), tojson
def _add: 1; _add
def sort(f): "mine"; sort(1), ([2,1] | sort)
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 20 | fac
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 30 | fac
"a\(.)b", "a\(1, 2)b\(3, 4)c"
"\(.a?)x"
@text, @json, @html, @uri, @base64, @sh?
@csv?
@tsv?
@csv
@tsv
@sh
@base64d
@urid
@text "a\(.)", @json "a\(.)", @html "<\(.)>", @uri "?\(.)", @base64 "\(.)", @sh "echo \(.a?)"?
@base64 "plain"
@uri "\("a b&ü")", ("a%20b%C3" | @urid)
format("json", "text", "html", "uri", "base64")
format("csv")?
format("tsv", "sh")?
format("base64d", "urid")?
format("nothing")
format(1)
tojson, tostring, type, length?
length
utf8bytelength
not
keys
keys?
values, nulls, booleans, numbers, strings, arrays, objects, iterables, scalars
finites, normals
has(0)
has("a")
"a" | in({"a": 1})
.[]? | in([1,2])?
abs?
map(.)
map(. + 1)?
map(tostring)?
map_values(.)?
map_values(tostring)?
map_values(empty)?
map_values(., .)?
add
add?
add(.[]?)
any, all
any(.[]?; . == 1), all(.[]?; . != 1)
any(. == 1)?
all(type == "number")?
[limit(2; .[]?)], [first(.[]?)], [last(.[]?)], [nth(1; .[]?)], [skip(1; .[]?)]
first?, last?, nth(1)?
limit(0; 1, 2), limit(1; error("x"))?
limit(-1; 1)
skip(-1; 1)
nth(-1; 1)
isempty(.[]?), isempty(empty), isempty(1, error("x"))
[range(3)], [range(1; 3)], [range(0; 10; 3)], [range(3; 0; -1)], [range(0; 1; 0.3)], [range(2, 3)]
[range(if (. < 5)? then . else "a" end)]?, (try range("a") catch .)
flatten
flatten(1)
flatten(0)
flatten(-1)
flatten("a")
flatten?
min, max
min_by(.id?)?, max_by(.id?)?
min_by(.[0]?)?, max_by(.[0]?)?
sort
sort_by(.id)
sort_by(.n, .id)
sort_by(-.id)?
sort_by(.)
group_by(.id)
group_by(.n?)?
unique
unique_by(.id)
unique_by(length)?
reverse
reverse?
contains(1)
contains("a")
contains("b", "")
contains([1])
contains(["a"])
contains([[1]])
contains({"a":1})
contains({"a":{"b":{}}})
contains(null)
contains(.)
inside(.)
inside("abcd")
inside([1,2,3,4])?
indices(1)
indices("a")
indices("aa")
indices(", ")
indices([1,2])
indices([])
indices("")
indices(null)
indices(.)
index("a"), rindex("a")
index(1)?, rindex(1)?
index(","), rindex(",")
index("ö"), rindex("ö")
index([1,2])?, rindex([1,2])?
"\(.)" | indices("1")
split(",")
split("")
split(", ")?
split(1)
split(", *"; null)
split("a"; "g")
split("A"; "ig")
join(",")
join("")
join(null)
join(1)
join(", ")?
[.[]? | strings] | join("-")
startswith("a"), endswith("c")
ltrimstr("a"), rtrimstr("c"), trimstr("a")
ltrim, rtrim, trim
ascii_downcase
ascii_upcase
explode
explode | implode
implode
toboolean
tonumber
tonumber?
tostring | tonumber?
fromjson
fromjson?
tojson | fromjson
"[1, nan]" | fromjson?
"{\"a\":1e3,\"b\":[1.10]} x" | fromjson
getpath(["a","b"])
getpath([0])
getpath([])
getpath("a")
getpath(["c",2,"d"])?
getpath([[1]])?
[paths]
[paths(type == "number")]
[path(..)]
path(.a[0].b?)
path(.[1:])?
[path(.[]?)]
path(1)
path(getpath(["a","b"]))
[path(first(.[]?))], [path(.[]? | select(. == 1))]
[path(if .a? then .a else .b? end)]
path(.a // .b)?
path(. + 1)
path(tojson)
setpath(["a"]; 1)
setpath([0]; 1)
setpath([]; 1)
setpath([-1]; 9)?
setpath([-9]; 9)
setpath([3]; "x")?
setpath([1.5]; "x")?
setpath("a"; 1)
setpath(["c",0,"z"]; {})?
setpath([{"start":1,"end":2}]; ["p","q","r"])?
setpath([{"start":1,"end":null}]; [])?
setpath([{"start":1}]; [])
setpath([{"start":-1,"end":null}]; 1)?
setpath([{"start":"a","end":null}]; [])
setpath([true]; 1)
setpath([[1]]; 1)
setpath([600000000]; 1)
delpaths([["a"]])
delpaths([[0],[1]])
delpaths([[0],[{"start":0,"end":2}]])?
delpaths([[{"start":0,"end":2}],[2]])?
delpaths([[]])
delpaths([])
delpaths("a")
delpaths(["a"])
delpaths([["c",0],["c",1],["a"],["zzz"]])?
delpaths([["a","b"],["a"]])?
delpaths([[true]])
delpaths([[0],[true]])
delpaths([["c",{"start":0,"end":1}]])?
del(.a)
del(.a, .b)
del(.[0])
del(.[0, 2])
del(.[1:])
del(.[1:], .[0])?
del(.[-1])
del(.[]?)
del(.[]? | select(. == 1))
del(.c[0], .c[1])?
del(..)
del(.[0].id)?
to_entries
from_entries
with_entries(.value |= tostring)
with_entries(select(.key == "a"))
to_entries?, (to_entries | from_entries)?
pick(.a)
pick(.a.b)?
pick(.[1])?
pick(first)?
.a = 1
.a = (1, 2)
.a.b = 1
.[0] = 1
.[2] = 1
.[-1] = 1
.[1:2] = ["x","y"]
.[1:] = []
.["a"] = .b?
.a[1:2] = [1]?
.[] = 1
.[]? = 1
(.a, .b) = 3
.c[0] = 9
.a += 1
.a -= 1
.a *= 2
.a /= 2
.a %= 2
.a //= 3
.[] += 1
.[]? += 1
.[0] += 10
.a += (1, 2)
. += 1
.a |= . + 1
.a |= empty
.a |= (1, 2)
.[] |= . + 1
.[]? |= tostring
.[]? |= empty
.[0] |= empty
.[1:] |= map(1)
.[1:] |= empty
(.a, .b) |= tostring
(.[]? | select(. == 1)) |= "one"
.c |= (.[0] |= 7)?
.. |= .
.. |= (if type == "number" then . + 1 else . end)
.[2:4] |= ["x"]
.[0:2][0] = "p"
(.[0:2][0], .[0:2][1]) |= [.]
(.[0], .[0]) |= [.]
(.a, .a) |= {v: .}
.[0] as $x | .[1] = $x
(.a | select(. == 1)) = "z"
to_entries? |= .
.a = (.b?, .c?)
. = 1
.. = 1
.a = error("x")
.a |= error("x")
error("x") = 1
1 = 2
1 |= 2
first(.[]?) = "f"
first(.[]?) |= "f"
last |= 3
limit(1; .[]?) |= 3
getpath(["a","b"]) = 5
getpath(["a"]) |= [.]
recurse(.[]?) |= .
reduce range(4) as $i (null; .[$i] = $i)
reduce range(4) as $i ({}; .["k\($i)"] += [$i])
[limit(5; repeat(1))], [limit(3; repeat(.)) | type]
[recurse(if . == 3 then empty else 3 end)] | length
0 | [recurse(if . < 3 then . + 1 else empty end)], [recurse(. + 1; . < 3)]
[0 | while(. < 3; . + 1)], (0 | until(. > 3; . + 1))
walk(.)
walk(if type == "number" then . + 1 else . end)?
walk(if type == "object" then del(.a) else . end)
walk(if type == "array" then sort else . end)
[combinations]?
[[1,2],[3,4]] | [combinations]
[0,1] | [combinations(2)]
transpose
[[1,2],[3]] | transpose
bsearch(1)
bsearch(2), bsearch("a")
[1,2,3] | bsearch(0, 1, 2.5, 4)
tostream
[tostream]
fromstream(tostream)
[.[]? | tostream] | length
[1 | truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]])]
fromstream(1 | truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]]))
splits("a")
[splits(",")]
[splits(", *"; null)]
[splits("")]
[splits("x*")]
test("a")
test("A"; "i")
test("a.c", "^$")
test(["A", "i"])
test("a", "B"; "x")
test("(")
test(1)
test("a"; 1)
[match("a")]
[match("a"; "g")]
[match("(?<x>a)|(b)"; "g")]
[match(""; "g")]
[match("a*"; "g")]
[match("(a*)(b)?"; "g")]
[match("[0-9]+"; "g")]
[match("ö"; "g")]
[match("\\b"; "g")]
[match("^"; "g")], [match("$"; "g")], [match("(?m)^."; "g")]
[match(["a", "g"])]
[match("."; "gm")], [match("a"; "gi")]
[match("\\Aa"; "g")], [match("a\\z"; "g")], [match("\\Ba"; "g")]
[match("aa|a"; "g")], [match("a|aa"; "g")], [match("a??"; "g")], [match("(?:a|ab)(?:c|bcd)?"; "g")]
match("a"; "x")
match("("; "g")
match(1; "g")
match("a"; 1)
capture("(?<first>[a-z])(?<rest>.*)")
capture("(?<n>[0-9]+)"; "g")
capture("(?<a>a)|(?<b>b)"; "g")
capture(["(?<A>A)", "i"])
scan("[a-z]")
[scan("a")]
[scan("(a)(b)?")]
[scan("[0-9]"), scan("A"; "i")]
[scan("")]
[scan("\\w+")]
scan("(")
sub("a"; "b")
sub("(?<x>[a-z])"; "<\(.x)>")
sub("^"; ">"), sub("$"; "<")
sub("a"; "1", "2")
sub("z"; "1")
sub("a"; null)
sub("a"; 1)
sub("a"; empty)
sub("(?<x>a)(?<y>z)?"; .x + (.y // "-"))
gsub("a"; "b")
gsub(""; "-")
gsub("a*"; "-")
gsub("[^a-z]"; "")
gsub("(?<d>[0-9])"; "\(.d)\(.d)")
gsub("a"; "1", "2")
gsub("(?<c>.)"; if .c == "a" then "1", "2" else .c end)
gsub("A"; "x"; "i")
gsub("\\s+"; " ")
gsub("^"; "x"), gsub("\\b"; "|")
gsub("ä"; "ae")
gsub("("; "x")
gsub("a"; .b)
[gsub("a"; "x", empty, "y")]
gsub("a"; error("e"))
sub("a"; "b"; "x")
sub("a"; "b"; 1)
[.[]? | strings | gsub("a"; "b")]
ascii_downcase? // ascii_upcase? // 0
floor?, round?, ceil?, sqrt?, fabs?, trunc?
sin?, cos?, tan?, asin?, acos?, atan?, sinh?, cosh?, tanh?, asinh?, acosh?, atanh?
exp?, exp2?, exp10?, expm1?, log?, log2?, log10?, log1p?, logb?, gamma?, lgamma?, tgamma?, cbrt?, significand?, nearbyint?, rint?
erf?, erfc?, j0?, j1?, y0?, y1?, frexp?, modf?
pow(2; 10), pow(.; 2)?, atan2(1; 2), fmin(1; 2), fmax(1; nan), fma(2; 3; 4), fmod(5; 3), hypot(3; 4), ldexp(1; 3), scalb(1; 3), scalbln(1; 3), nextafter(1; 2)
nexttoward(1; 2), copysign(1; -2), drem(5; 3), fdim(5; 3), remainder(5; 3), jn(2; 1.5), yn(2; 1.5)
jn(.; 1)?, yn("a"; 1)?
infinite, -infinite, nan | isinfinite, isnan, isnormal, isfinite, tostring
isnormal, isinfinite?, isnan?
[.[]? | numbers | floor]
gmtime?
mktime
gmtime? | mktime
todate?, fromdate?
todateiso8601?, fromdateiso8601?
fromdate
strptime("%Y-%m-%dT%H:%M:%SZ")
strptime("%Y")?
strptime(1)
strftime("%A, %B %d, %Y")
strftime("%Y-%m-%dT%H:%M:%SZ")?
strftime([])
1425599621 | todate, gmtime, strftime("%c %j %Z"), (gmtime | todate)
"10:20" | strptime("%H:%M") | mktime
INDEX(.id)?
INDEX(.[]?; .id?)?
JOIN({"1":"x"}; .id | tostring)?
[JOIN({"1":"x"}; .[]?; .id? | tostring)]?
[JOIN({"1":"x"}; .[]?; .id? | tostring; .[1])]?
IN(1, 2), IN(.[]?; 1, 2)
IN([1])
splits("a"; "i")?
ltrimstr(1), rtrimstr(1)
getpath(["a", 0, "b"])?
builtins | length > 100
[.[]?] | length
[paths(..)] | length
(.a, .b)? // empty
[.[]? | objects | .id] | add
[.[]? | arrays | length] | add / 2?
[.[]? | select(type == "object")] | map(.id? // 0) | sort | unique
.[]? |= (.id? // .)
. as $d | [paths] | map(. as $p | $d | getpath($p)) | length
[.. | scalars] | map(tostring) | join("|")
reduce (.[]? | tostring) as $s (""; . + $s + ",")
[.[]? | tojson] | sort | map(fromjson)
with_entries(.key |= "x" + tostring)?
map(select(.id? == 1))?
map({id: .id?, n: (.n? // "-")})?
map(has("id"))?
[.[]? | .t? | length]
group_by(.id?)? | map({id: .[0].id?, n: length})
(map(.id?) | unique)?
[.[]? | {(.n? // "x" | tostring): .id?}] | add
to_entries? | map("\(.key)=\(.value)") | join("&")
[limit(3; .[]?)] | reverse
first(.[]? | select(. == 2)) // "none"
if type == "array" then map(type) | group_by(.) | map([.[0], length]) else type end
"\(1 + 2) and \([1, {"a": "b"}])"
ltrimstr("a") | ascii_downcase?
try (.a.b.c.d) catch "deep"
.. | numbers
.. | select(type == "boolean")
[..] | length
[match("test"; "g")], gsub("t"; "T"), [scan("aa")], [splits("b")], sub("12"; "")
