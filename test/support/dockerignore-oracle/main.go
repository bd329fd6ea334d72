// Says which paths a .dockerignore leaves out, by the library that Docker itself uses: one JSON object a line in, one a line out.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

type question struct {
	Text  string   `json:"text"`
	Paths []string `json:"paths"`
}

type answer struct {
	// Refused is why Docker would not use the file at all.
	Refused string `json:"refused"`
	// Unread is the first pattern that is never looked at here, and would be refused if it were.
	Unread  string `json:"unread"`
	Ignored []bool `json:"ignored"`
}

func unread(patterns []string) string {
	for _, pattern := range patterns {
		// A `!` is looked at only where something is out.
		matcher, err := patternmatcher.New([]string{"*", pattern})
		if !strings.HasPrefix(pattern, "!") {
			matcher, err = patternmatcher.New([]string{pattern})
		}
		if err == nil {
			_, err = matcher.MatchesOrParentMatches("x")
		}
		if err != nil {
			return pattern
		}
	}
	return ""
}

func judge(asked question) answer {
	patterns, err := ignorefile.ReadAll(strings.NewReader(asked.Text))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return answer{Refused: err.Error()}
	}
	ignored := make([]bool, len(asked.Paths))
	for at, path := range asked.Paths {
		ignored[at], err = matcher.MatchesOrParentMatches(path)
		if err != nil {
			return answer{Refused: err.Error()}
		}
	}
	return answer{Ignored: ignored, Unread: unread(patterns)}
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	decoder := json.NewDecoder(lines)
	encoder := json.NewEncoder(out)
	for decoder.More() {
		var asked question
		if err := decoder.Decode(&asked); err != nil {
			panic(err)
		}
		if err := encoder.Encode(judge(asked)); err != nil {
			panic(err)
		}
	}
}
