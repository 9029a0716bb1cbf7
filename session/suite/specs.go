package suite

import "tokenring/session/request"

// FromSpecs makes a suite of requests that a person has, leaving out those
// that cannot be fired: whose text is wrong.
func FromSpecs(name, title string, specs []request.Spec) *Suite {
	s := &Suite{Name: name, Title: title}
	for i := range specs {
		call, err := specs[i].Compile()
		if err != nil {
			continue
		}
		s.Cases = append(s.Cases, &Case{
			Name: specs[i].Name, Title: specs[i].Title, Request: call, Expect: Expectations{Default: call.Expect},
		})
	}
	return s
}
