package main

import (
	"encoding/json"

	"sigs.k8s.io/yaml"
)

type readAnswer struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

// read is what kubectl makes of one document.
func read(text string) readAnswer {
	made, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return readAnswer{Error: err.Error()}
	}
	return readAnswer{JSON: made}
}
