// Says how Kubernetes itself reads and compares manifests: one JSON object a line in, one a line out.
//
//	read:  {"op":"read","text":…}              -> {"json":…} or {"error":…}, by sigs.k8s.io/yaml, of one document
//	equal: {"op":"equal","a":…,"b":…}          -> {"known":…,"typed":…,"defaulted":…}, by the API's own types and defaults
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

type question struct {
	Op   string `json:"op"`
	Text string `json:"text"`
	A    string `json:"a"`
	B    string `json:"b"`
}

func answer(asked question) any {
	switch asked.Op {
	case "read":
		return read(asked.Text)
	case "equal":
		return equal(asked.A, asked.B)
	}
	panic("unknown op " + asked.Op)
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	decoder := json.NewDecoder(lines)
	encoder := json.NewEncoder(out)
	for decoder.More() {
		var asked question
		if err := decoder.Decode(&asked); err != nil {
			panic(err)
		}
		if err := encoder.Encode(answer(asked)); err != nil {
			panic(err)
		}
		if err := out.Flush(); err != nil {
			panic(err)
		}
	}
}
