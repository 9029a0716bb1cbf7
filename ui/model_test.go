package ui_test

import (
	"fmt"
	"testing"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			r := newRing(t).street().show(size[0], size[1])
			r.Fits()
			fmt.Println(r.Frame())
			r.Press("j", "j", "j", "enter", "2")
			r.Fits()
			fmt.Println(r.Frame())
		})
	}
}
