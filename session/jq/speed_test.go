package jq

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
)

// honest are filters that people write over large answers.
var honest = []string{
	".", ".[0]", ".[].id", "length", "[.[] | .name] | length", "map(select(.active)) | length", "map({id, name})",
	"[.[] | .tags[]] | unique", "group_by(.team) | map({team: .[0].team, n: length})", "sort_by(.score) | .[0]", "map(.score) | add / length",
	`map(select(.email | test("^user[0-9]+5@"))) | length`, `map(.email | split("@")[1]) | unique`, "map(.name |= ascii_downcase)",
	"map(. + {seen: true}) | length", "[paths] | length", "map(to_entries) | length", `map("\(.id): \(.name)") | join("\n")`, "del(.[].tags)",
	"map(with_entries(.value |= tostring)) | length", "[.. | numbers] | add", "tojson | length", "map(.id as $i | select($i % 7 == 0)) | length",
	"map_values(.score * 2) | max", "INDEX(.team) | keys", "any(.id == 39999), all(.id >= 0)", "[limit(10; .[] | select(.team == \"t3\"))]",
	"walk(if type == \"string\" then ltrimstr(\"user\") else . end) | length", "reduce .[] as $u (0; . + $u.score)", "map(.address.city) | unique",
}

// largeBody returns 10 MB of JSON.
func largeBody() []byte {
	var out bytes.Buffer
	out.WriteByte('[')
	for i := 0; out.Len() < 10_000_000; i++ {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `{"id":%d,"name":"User Number %d","email":"user%d@example%d.com","active":%t,"score":%d.5,"team":"t%d","tags":["a%d","b","c%d"],"address":{"city":"City %d","zip":"%05d"},"about":%q}`,
			i, i, i, i%9, i%2 == 0, i%100, i%12, i%5, i%50, i%40, i%99999, strings.Repeat("some text ", i%5))
	}
	out.WriteByte(']')
	return out.Bytes()
}

// BenchmarkHonestFilters compares each filter over 10 MB to gojq's own run of it, in
// turns, and reports the ratio of their processor times.
func BenchmarkHonestFilters(b *testing.B) {
	body := largeBody()
	for _, src := range honest {
		b.Run(src, func(b *testing.B) {
			q, err := Compile(src)
			if err != nil {
				b.Fatal(err)
			}
			ast, _ := gojq.Parse(src)
			code, err := gojq.Compile(ast)
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			theirs, ours := 0, 0
			for b.Loop() {
				began := processorTime()
				var document any
				dec := json.NewDecoder(bytes.NewReader(body))
				dec.UseNumber()
				if err := dec.Decode(&document); err != nil {
					b.Fatal(err)
				}
				var out bytes.Buffer
				for iter := code.RunWithContext(ctx, document); ; {
					v, ok := iter.Next()
					if !ok {
						break
					}
					if err, failed := v.(error); failed {
						b.Fatal(err)
					}
					line, _ := gojq.Marshal(v)
					out.Write(line)
				}
				theirs += processorTime() - began
				document = nil
				began = processorTime()
				if _, err := q.Outputs(ctx, body); err != nil {
					b.Fatal(err)
				}
				ours += processorTime() - began
			}
			b.ReportMetric(float64(ours)/float64(theirs), "ratio")
		})
	}
}
