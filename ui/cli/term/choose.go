package term

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tokenring/ui/widget/search"
)

// Option is one choice of Choose. Words are further text by which it is found.
type Option struct{ Value, Title, Words string }

// Choose asks for one of the options, by number, by name, by a text that recognize, unless
// nil, returns values for, or by words. What several options fit lists these and asks again.
func (c *Console) Choose(ctx context.Context, question string, options []Option, recognize func(text string) []string) (string, error) {
	all := make([]int, len(options))
	for i := range all {
		all[i] = i
	}
	c.list(options, all)
	for tries := 0; tries < Tries; {
		text, err := c.masked(ctx, fmt.Sprintf("%s [1-%d]: ", question, len(options)))
		if err != nil {
			return "", err
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(options) {
			return options[n-1].Value, nil
		}
		if i := slices.IndexFunc(options, func(o Option) bool { return strings.EqualFold(o.Value, text) }); i >= 0 {
			return options[i].Value, nil
		}
		var found []int
		if recognize != nil {
			values := recognize(text)
			found = slices.DeleteFunc(slices.Clone(all), func(i int) bool { return !slices.Contains(values, options[i].Value) })
		}
		if query := search.Parse(text); len(query) > 0 && len(found) == 0 {
			found, _ = query.Select(all, func(i int) string {
				return search.Fold(options[i].Title + "\n" + options[i].Value + "\n" + options[i].Words)
			})
		}
		switch len(found) {
		case 0:
			tries++
			c.Say("Enter a number from 1 to %d, a name, or a word to search for.", len(options))
		case 1:
			c.list(options, found)
			return options[found[0]].Value, nil
		default:
			c.list(options, found)
		}
	}
	return "", ErrDeclined
}

// list shows some of the options with their numbers.
func (c *Console) list(options []Option, some []int) {
	for _, i := range some {
		c.Say("  %d  %s", i+1, strings.TrimSpace(options[i].Title+"  ("+options[i].Value+")"))
	}
}
