package importer

import (
	"bytes"
	"strings"

	"tokenring/session/yaml"
)

// source is a JSON or YAML file that is being read.
type source struct {
	*parser
	file place
	root *yaml.Node
}

// place returns the position of a node in the file.
func (s *source) place(n *yaml.Node) place {
	if n == nil {
		return s.file
	}
	return place{File: s.file.File, Line: n.Line, Column: n.Column}
}

// document reads a HAR or OpenAPI, or keeps a collection until all variables are known.
func (p *parser) document(at place, data []byte, kind Kind) error {
	h := &harReader{source: source{parser: p, file: at}, alike: map[string][]*call{}, passed: map[string]int{}}
	r := yaml.New(at.File)
	r.Large = true
	if kind == OpenAPI && !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		h.root = r.Read(data, "a description begins with openapi: 3")
	} else {
		h.root = r.JSON(data, yaml.Stream{Path: "log.entries", Item: h.entry})
	}
	if err := r.Err(); err != nil {
		return err
	}
	d, root := h.source, h.root
	isHAR, isCollection := root.At("log", "entries") != nil, root.At("item") != nil || root.At("collection", "item") != nil
	isOpenAPI := strings.HasPrefix(root.At("openapi").Written(), "3")
	switch {
	case isHAR && isCollection || isHAR && isOpenAPI || isCollection && isOpenAPI:
		return fault(at, "put each into a file of its own", "this JSON has two formats at once")
	case isHAR:
		return h.end()
	case kind == HAR:
		return fault(at, "", "not a HAR: log.entries is missing")
	case isCollection:
		p.collections = append(p.collections, d)
		return nil
	case isOpenAPI:
		return p.describeAPI(d)
	case foreign(beginning(data)) != nil:
		return notRead(at, data)
	case root.At("values") != nil:
		p.environment(d)
		return nil
	}
	return fault(at, "", "this is neither a HAR, nor a Postman collection or environment, nor OpenAPI 3")
}
