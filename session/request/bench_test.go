package request

import (
	"fmt"
	"strings"
	"testing"

	"tokenring/session/answer"
)

// largeBody is about 10 MB of compact JSON as an API sends it.
func largeBody() []byte {
	var b strings.Builder
	b.WriteString(`{"items":[`)
	for i := 0; b.Len() < 10<<20; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"Item number %d","price":%d.50,"tags":["alpha","beta","gamma"],"active":true,"parent":null,`+
			`"description":"A sentence of the usual length, as one finds it in many answers."}`, i, i, i%100)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

func BenchmarkFirstLines(b *testing.B) {
	body := largeBody()
	b.ReportAllocs()
	for b.Loop() {
		d := NewDocument(body, answer.MediaJSON)
		d.Index(200)
		for i := range 200 {
			d.Line(i)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	body := largeBody()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		NewDocument(body, answer.MediaJSON).Index(1 << 30)
	}
}

func BenchmarkLine(b *testing.B) {
	d := NewDocument(largeBody(), answer.MediaJSON)
	d.Index(1 << 30)
	n := d.Lines()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Line(i * 7919 % n)
	}
}

func BenchmarkFind(b *testing.B) {
	body := largeBody()
	for _, pattern := range []string{"nowhere", "Nowhere", `"nowhere": 1`, `"id": nowhere`} {
		b.Run(pattern, func(b *testing.B) {
			d := NewDocument(body, answer.MediaJSON)
			d.Index(1 << 30)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				d.Matches(b.Context(), Pattern(pattern))
			}
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	d := NewDocument(largeBody(), answer.MediaJSON)
	for _, jq := range []string{".items | length", "[.items[] | select(.id % 1000 == 0)]", "."} {
		b.Run(jq, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.Filter(b.Context(), jq); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	run := &Run{Body: largeBody(), Media: answer.MediaJSON}
	b.SetBytes(int64(len(run.Body)))
	for b.Loop() {
		if _, err := run.MarshalBinary(); err != nil {
			b.Fatal(err)
		}
	}
}
