package jq

// Source returns the value that t was parsed from: its objects, arrays and
// scalars, with the templates as they were written.
func (t *Tree) Source() any { return t.root.source() }

func (n treeNode) source() any {
	switch {
	case n.leaf != nil:
		return n.leaf.Source()
	case n.fields != nil:
		object := make(map[string]any, len(n.fields))
		for _, f := range n.fields {
			object[f.name] = f.value.source()
		}
		return object
	case n.items != nil:
		list := make([]any, len(n.items))
		for i, c := range n.items {
			list[i] = c.source()
		}
		return list
	}
	return n.scalar
}
