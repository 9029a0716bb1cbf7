//go:build race

package jq

func init() { RaceDetector = true }
