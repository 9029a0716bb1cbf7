package response

import (
	"testing"

	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/ui/uitest"
)

// How long the first frame of 10 MB of JSON takes, from the answer's arrival
// on.
func BenchmarkFirstFrame(b *testing.B) {
	run := order(large())
	s := show(b, order("{}"), 120, 36)
	uitest.Median(b, func(int) {
		s.o.begin(false)
		s.o.arrived(newArrival(run), nil)
		s.o.View(120, 36)
	})
}

// How long one step of scrolling takes, anywhere in 10 MB of JSON.
func BenchmarkScroll(b *testing.B) {
	run := order(large())
	for name, wrap := range map[string]bool{"cut": false, "wrapped": true} {
		b.Run(name, func(b *testing.B) {
			s := show(b, run, 120, 36)
			for !s.o.body.doc.Index(indexTurn) {
			}
			s.o.body.match = request.Pattern("number 77")
			s.o.body.setWrap(wrap)
			uitest.Median(b, func(i int) {
				s.o.body.top = i * 7919 % (s.o.body.lines() - 40)
				s.o.body.move(1)
				s.o.View(120, 36)
			})
		})
	}
}

// How long a frame takes while a body of one line of 10 MB is shown far to the
// right, or wrapped.
func BenchmarkLongLine(b *testing.B) {
	run := order(large())
	run.Media = answer.MediaText
	s := show(b, run, 120, 36)
	s.o.body.setWrap(true)
	uitest.Median(b, func(int) {
		s.o.body.move(1)
		s.o.View(120, 36)
	})
}
